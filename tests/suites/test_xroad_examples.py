"""The examples of X-Road's REST protocols (PR-REST, PR-MREST) and of its configuration, as published."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.support import shared
from twincity.apps.xroad.api import shapes
from twincity.apps.xroad.api.errors import Fault
from twincity.apps.xroad.rules import configuration
from twincity.apps.xroad.rules.configuration import Client, Server
from twincity.engines.exchange.facade import Offered, OfferedEndpoint, OutsideName, identifiers
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

FOLDER = "data/suites/exchange/x-road/"
XSD = "{http://www.w3.org/2001/XMLSchema}"


def examples(document: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shared(f"{FOLDER}rest-protocol/{document}_examples.json").read_text())[
        "examples"
    ]
    return found


@pytest.mark.parametrize(("section", "allowed"), [("B.1", False), ("B.2", True)])
def test_lists_of_methods_have_the_published_shape(section: str, allowed: bool) -> None:
    wanted = next(each["json"] for each in examples("pr-mrest") if each["section"].startswith(section))
    name = OutsideName(("INSTANCE", "CLASS2", "MEMBER2", "SUBSYSTEM2"), "m")
    offered = [
        Offered(
            each["service_code"],
            LocalText("", ""),
            tuple(OfferedEndpoint(e["method"], e["path"], (e["path"],)) for e in each["endpoint_list"]),
        )
        for each in wanted["service"]
    ]
    made = shapes.methods(name, offered, allowed=allowed)
    for each in wanted["service"]:
        each["service_type"] = "OPENAPI"  # every service here has a description
    assert made == wanted


def test_errors_have_the_published_status_header_and_body() -> None:
    found = [each for each in examples("pr-rest") if set(each.get("json", ())) == {"type", "message", "detail"}]
    assert len(found) == 3
    for each in found:
        body = each["json"]
        fault = Fault(body["type"], body["message"], body["detail"])
        assert json.loads(fault.body()) == body
        assert dict(fault.headers())[b"x-road-error"].decode() == body["type"]
        category = next(e["text"] for e in examples("pr-rest") if e["section"] == each["section"])
        assert fault.status == int(category)


def test_identifiers_are_cut_where_the_protocol_cuts_them() -> None:
    wrong, right = [each["text"] for each in examples("pr-rest") if each["section"].startswith("4.2")]
    with pytest.raises(Problem):
        identifiers.read(wrong)
    assert identifiers.read(right.split(" ")[0])[-1] == "BAR/SERVICE"
    path = next(e["text"] for e in examples("pr-rest") if "BARSERVICE/v1" in e.get("text", ""))
    assert identifiers.read("/".join(path.split("/")[2:7]))[-1] == "BARSERVICE"


def test_shared_parameters_have_the_elements_of_the_schema_in_its_order() -> None:
    schema = ET.parse(shared(f"{FOLDER}globalconf/globalconf/v5/shared-parameters.xsd")).getroot()
    root = ET.fromstring(made())
    check(root, sequence(schema, "SharedParametersTypeV5"))
    common = ET.parse(shared(f"{FOLDER}globalconf/globalconf/common/shared-parameters.xsd")).getroot()
    for tag, kind in (("member", "MemberType"), ("securityServer", "SecurityServerType"),
                      ("globalSettings", "GlobalSettingsType")):  # fmt: skip
        for node in root.findall(tag):
            check(node, sequence(common, kind))


def test_references_within_shared_parameters_lead_somewhere() -> None:
    root = ET.fromstring(made())
    known = {each.attrib["id"] for each in root.iter() if "id" in each.attrib}
    named = {
        each.text for server in root.findall("securityServer") for each in server if each.tag in {"owner", "client"}
    }
    assert len(known) == 5
    assert named == known


def test_the_published_configurations_hold_the_same_elements() -> None:
    theirs = ET.parse(shared(f"{FOLDER}globalconf/globalconf_good_v5/EE/shared-params.xml")).getroot()
    for path in ("instanceIdentifier", "source/address", "member/memberClass/code", "member/memberCode", "member/name",
                 "member/subsystem/subsystemCode", "securityServer/owner", "securityServer/serverCode",
                 "securityServer/client"):  # fmt: skip
        assert theirs.find(path) is not None
        assert ET.fromstring(made()).find(path) is not None, path


def made() -> bytes:
    clients = [
        Client(("CY", "GOV", "500000", "GIS"), "重庆市", "", "cq"),
        Client(("CY", "GOV", "510000", "GEO"), "四川省", "地理", "sc"),
        Client(("CY", "GOV", "510000", "TAX"), "四川省", "", "sc"),
        Client(("XX", "GOV", "1", "A"), "x", "", "sc"),
    ]
    servers = {each: Server(each, f"https://{each}.example:8443") for each in ("cq", "sc")}
    return configuration.shared_params("CY", "cq.example", clients, servers)


def sequence(schema: ET.Element, name: str) -> list[tuple[str, bool]]:
    """Names of the elements of a type in their order, and whether each is needed."""
    kind = next(each for each in schema.iter(f"{XSD}complexType") if each.get("name") == name)
    elements = kind.findall(f"{XSD}sequence/{XSD}element")
    return [(str(each.get("name")), each.get("minOccurs") != "0") for each in elements]


def check(node: ET.Element, wanted: list[tuple[str, bool]]) -> None:
    order = [name for name, _ in wanted]
    places = [order.index(child.tag) for child in node]
    assert places == sorted(places)
    assert {name for name, needed in wanted if needed} <= {child.tag for child in node}
