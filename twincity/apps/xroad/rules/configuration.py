"""The circle as X-Road's global configuration, version 5 (PR-GCONF): shared parameters and the signed directory.

A member's node stands in the place of its Security Server. There are no approved certification authorities and no
time-stamping services to name: members vouch for keys by statements in public logs, and logs are witnessed.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

VERSION = "5"
NAMESPACE = "http://x-road.eu/xsd/xroad.xsd"
SECONDS = 600
"""For which a configuration may be used, as X-Road's confExpireIntervalSeconds."""
SHARED = "shared-params.xml"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Client:
    """A subsystem with a name; ``member`` is the member of the circle whose node serves it."""

    parts: tuple[str, ...]
    title: str
    subsystem_title: str
    member: str


@dataclass(frozen=True, slots=True)
class Server:
    """A member's node."""

    code: str
    address: str

    @property
    def host(self) -> str:
        """Host name without port."""
        return urlsplit(self.address).hostname or ""


def instances(clients: Iterable[Client]) -> list[str]:
    """The instances in which there are names."""
    return sorted({each.parts[0] for each in clients})


def shared_params(instance: str, source: str, clients: Iterable[Client], servers: Mapping[str, Server]) -> bytes:
    """shared-params.xml of one instance; ``source`` is the host that gives it."""
    own = [each for each in clients if each.parts[0] == instance]
    root = ET.Element(f"{{{NAMESPACE}}}conf")
    _text(root, "instanceIdentifier", instance)
    _text(ET.SubElement(root, "source"), "address", source)
    references = _members(root, own)
    _servers(root, own, servers, references)
    settings = ET.SubElement(root, "globalSettings")
    for each in sorted({client.parts[1] for client in own}):
        _class(settings, each)
    _text(settings, "ocspFreshnessSeconds", str(SECONDS))
    ET.register_namespace("tns", NAMESPACE)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def verification_zip(own: str, files: Mapping[str, bytes], expires: str) -> bytes:
    """The archive of ``/verificationconf``: the own instance, and each instance's shared parameters with metadata."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "verificationconf/instance-identifier", own.encode())
        for instance, data in files.items():
            place = f"verificationconf/{instance}/{SHARED}"
            about = {
                "contentIdentifier": "SHARED-PARAMETERS", "instanceIdentifier": instance, "expirationDate": expires,
                "configurationVersion": VERSION,
            }  # fmt: skip
            _add(archive, place, data)
            _add(archive, f"{place}.metadata", json.dumps(about).encode())
    return made.getvalue()


def directory(instance: str, location: str, data: bytes, expires: str) -> bytes:
    """The part of the directory that is signed: what there is to download, and its hash."""
    digest = base64.b64encode(hashlib.sha512(data).digest()).decode()
    lines = [
        'Content-Type: multipart/mixed; charset="UTF-8"; boundary=inner', "",
        "--inner", f"Expire-date: {expires}", f"Version: {VERSION}", "",
        "--inner", "Content-type: application/octet-stream", "Content-transfer-encoding: base64",
        f"Content-identifier: SHARED-PARAMETERS; instance='{instance}'", f"Content-location: {location}",
        f"Hash-algorithm-id: {SHA512}", "", digest, "--inner--",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def signed(content: bytes, signature: bytes, algorithm: str, kid: str) -> bytes:
    """The directory with its signature, as MIME; its key is named as the circle's logs name it."""
    tail = [
        "Content-type: application/octet-stream", "Content-transfer-encoding: base64",
        f"Signature-algorithm-id: {algorithm}", f"Verification-key-id: {kid}", "",
        base64.b64encode(signature).decode(),
    ]  # fmt: skip
    return b"\r\n".join([b"--outer", content, b"--outer", *(each.encode() for each in tail), b"--outer--", b""])


def _members(root: ET.Element, clients: Iterable[Client]) -> dict[tuple[str, ...], str]:
    """Add members with their subsystems; the XML ids given."""
    references: dict[tuple[str, ...], str] = {}
    nodes: dict[tuple[str, ...], ET.Element] = {}
    for each in clients:
        member = each.parts[:3]
        if member not in nodes:
            references[member] = f"id{len(references)}"
            nodes[member] = ET.SubElement(root, "member", {"id": references[member]})
            _class(nodes[member], member[1])
            _text(nodes[member], "memberCode", member[2])
            _text(nodes[member], "name", each.title)
        references[each.parts] = f"id{len(references)}"
        below = ET.SubElement(nodes[member], "subsystem", {"id": references[each.parts]})
        _text(below, "subsystemCode", each.parts[3])
        if each.subsystem_title:
            _text(below, "subsystemName", each.subsystem_title)
    return references


def _servers(
    root: ET.Element, clients: list[Client], servers: Mapping[str, Server], references: Mapping[tuple[str, ...], str]
) -> None:
    for name in sorted({each.member for each in clients} & servers.keys()):
        served = [each for each in clients if each.member == name]
        node = ET.SubElement(root, "securityServer")
        _text(node, "owner", references[served[0].parts[:3]])
        _text(node, "serverCode", servers[name].code)
        _text(node, "address", servers[name].host)
        for each in served:
            _text(node, "client", references[each.parts])


def _class(above: ET.Element, code: str) -> None:
    node = ET.SubElement(above, "memberClass")
    _text(node, "code", code)
    _text(node, "description", code)


def _text(above: ET.Element, tag: str, value: str) -> None:
    ET.SubElement(above, tag).text = value


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
