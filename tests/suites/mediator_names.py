"""Names that the scenarios of the GovStack Information Mediator expect, given by the normal operation."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from twincity.node.testkit import LiveNode

CLIENT = "eGovStack/GOV/90000009/digitalregistries"
APPLICATIONS = {
    "serviceId1": ("identifier", "identifier", "alp4aNum3r1c", "alp4aNum3r1c"),
    "serviceId2": ("a11a11a11a", "asd2211a", "12as12", "m3mb3rc0d3"),
    "serviceId3": ("a552example", "zzz321a", "m3mb3rc0d3", "aa15"),
    "serviceId4": ("valid1dentifi3r", "rand0mid3nt", "str1ng", "azxcv55"),
}


def give(node: LiveNode) -> None:
    """Give the names; one scenario writes its identifiers with quotation marks around them, as an old network may."""
    node.operate("identity.system", {"name": "registries", "purposes": ["planning"]})
    name(node, CLIENT, system="registries", addresses=["127.0.0.1"])
    for service, parts in APPLICATIONS.items():
        codes = {"alp4aNum3r1c": "probe", service: "probe"}
        name(node, "/".join(parts), services=codes)
        name(node, "/".join(quote(f'"{each}"', safe="") for each in parts), services=codes, old=True)


def name(node: LiveNode, given: str, **more: Any) -> None:
    """Give one name."""
    node.operate("exchange.name", {"name": given} | more)
