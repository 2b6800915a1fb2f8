"""Lists of clients, services and endpoints as X-Road writes them (PR-MREST 0.8)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from twincity.apps.xroad.rules.configuration import Client
from twincity.engines.exchange.facade import Offered, OfferedEndpoint, OutsideName

XROAD = "http://x-road.eu/xsd/xroad.xsd"
IDS = "http://x-road.eu/xsd/identifiers"
_NAMES = ("xroad_instance", "member_class", "member_code", "subsystem_code", "service_code")
_TAGS = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
_KINDS = {3: "MEMBER", 4: "SUBSYSTEM", 5: "SERVICE"}
_PARAMETER = re.compile(r"\{[^}]*\}")
ET.register_namespace("xrd", XROAD)
ET.register_namespace("id", IDS)


def identifier(parts: tuple[str, ...]) -> dict[str, str]:
    """An identifier as JSON."""
    return {"object_type": _KINDS[len(parts)], **dict(zip(_NAMES, parts, strict=False))}


def with_members(clients: Iterable[Client]) -> list[tuple[tuple[str, ...], str]]:
    """Identifiers and titles of members and subsystems, each member once before its subsystems."""
    found: dict[tuple[str, ...], str] = {}
    for each in clients:
        found.setdefault(each.parts[:3], each.title)
        found[each.parts] = each.title
    return list(found.items())


def clients_json(clients: Iterable[Client]) -> dict[str, Any]:
    """The answer of listClients as JSON."""
    return {"member": [{"id": identifier(parts), "name": title} for parts, title in with_members(clients)]}


def clients_xml(clients: Iterable[Client]) -> bytes:
    """The answer of listClients as XML."""
    root = ET.Element(f"{{{XROAD}}}clientList")
    for parts, title in with_members(clients):
        member = ET.SubElement(root, f"{{{XROAD}}}member")
        inside = ET.SubElement(member, f"{{{XROAD}}}id", {f"{{{IDS}}}objectType": _KINDS[len(parts)]})
        for tag, value in zip(_TAGS, parts, strict=False):
            ET.SubElement(inside, f"{{{IDS}}}{tag}").text = value
        ET.SubElement(member, f"{{{XROAD}}}name").text = title
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def methods(name: OutsideName, offered: Iterable[Offered], *, allowed: bool) -> dict[str, Any]:
    """The answer of listMethods, or of allowedMethods: then only what may be called, and no service without any."""
    found = []
    for service in offered:
        endpoints = list(_endpoints(service.endpoints, allowed=allowed))
        if endpoints:
            found += [
                {**identifier((*name.parts, code)), "service_type": "OPENAPI", "endpoint_list": endpoints}
                for code in name.codes(service.service)
            ]
    return {"service": found}


def _endpoints(endpoints: Iterable[OfferedEndpoint], *, allowed: bool) -> Iterable[dict[str, str]]:
    for each in endpoints:
        for path in each.allowed if allowed else (each.path,):
            yield {"method": each.method, "path": _PARAMETER.sub("*", path)}
