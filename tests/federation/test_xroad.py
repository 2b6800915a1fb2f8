"""X-Road over two live nodes: what a system that speaks X-Road's REST protocol meets at its own node."""

from __future__ import annotations

import base64
import json
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from twincity.node.testkit import CHONGQING, SICHUAN, Circle, LiveNode, live_circle

CLIENT = "CY/GOV/500000/GIS"
TARGET = "CY/GOV/510000/GEO"
PURPOSE = "planning"
PATIENCE = 60.0
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(
        tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN], apps=["sharing", "probe", "xroad"]
    ) as made:
        made["sc"].operate("sharing.load", {"province": "51"})
        made["sc"].operate("exchange.grant", {"grants": [grant()]})
        token = made["cq"].operate("identity.system", {"name": "gis", "purposes": [PURPOSE]})["token"]
        made["cq"].env["TOKEN"] = token
        name(made["cq"], CLIENT, system="gis", purposes={"*": PURPOSE})
        name(made["cq"], TARGET, member=SICHUAN.id, services={"regions": "divisions", "probe": "probe"})
        until(lambda: ask(made["cq"], f"/r1/{TARGET}/listMethods")[0] == 200)  # the token is read at the next look
        yield made


def grant(**more: Any) -> dict[str, Any]:
    """Towns of two counties, and nothing else of the divisions."""
    return {
        "id": "towns", "subject": f"member:{CHONGQING.id}#gis", "service": "divisions", "methods": ["GET"],
        "path": "/units/{code}/towns", "purposes": [PURPOSE], "fields": ["code", "name"],
    } | more  # fmt: skip


def name(node: LiveNode, given: str, **more: Any) -> None:
    node.operate("exchange.name", {"name": given} | more)


def ask(node: LiveNode, path: str, method: str = "GET", **more: str) -> tuple[int, dict[str, str], Any]:
    """A call as a system makes it; an empty header is left out."""
    headers = {"x-road-client": CLIENT, "authorization": f"Bearer {node.env.get('TOKEN')}"}
    headers |= {key.replace("_", "-"): value for key, value in more.items()}
    body = b"{}" if method in {"POST", "PUT"} else None
    status, back, raw = node.request(method, path, {key: each for key, each in headers.items() if each}, body)
    return status, back, json.loads(raw) if "json" in back.get("content-type", "") else raw


def until(condition: Any) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


def proven(node: LiveNode, message: str) -> bool:
    try:
        found: bool = node.operate("exchange.prove", {"message": message})["holds"]
    except RuntimeError:  # its checkpoint is still to come
        return False
    return found


def test_a_call_crosses_the_border_with_evidence_on_both_sides(circle: Circle) -> None:
    status, head, body = ask(
        circle["cq"], f"/r1/{TARGET}/regions/units/511623/towns", x_road_id="abc-1", x_road_issue="case-7"
    )
    assert status == 200, body
    assert set(body["rows"][0]) == {"code", "name"}
    assert (head["x-road-id"], head["x-road-client"], head["x-road-service"]) == ("abc-1", CLIENT, f"{TARGET}/regions")
    assert len(base64.b64decode(head["x-road-request-hash"])) == 64
    until(lambda: proven(circle["cq"], head["x-road-request-id"]))
    until(lambda: proven(circle["sc"], head["x-road-request-id"]))


def test_allowed_methods_are_what_the_grant_allows_and_list_methods_all(circle: Circle) -> None:
    allowed = ask(circle["cq"], f"/r1/{TARGET}/allowedMethods")[2]["service"]
    assert [(each["service_code"], each["endpoint_list"]) for each in allowed] == [
        ("regions", [{"method": "GET", "path": "/units/*/towns"}])
    ]
    listed = ask(circle["cq"], f"/r1/{TARGET}/listMethods")[2]["service"]
    assert {each["service_code"] for each in listed} == {"regions", "probe"}
    assert {"method": "GET", "path": "/units/*"} in next(
        each["endpoint_list"] for each in listed if each["service_code"] == "regions"
    )
    assert {key: listed[0][key] for key in ("object_type", "service_type", "xroad_instance", "subsystem_code")} == {
        "object_type": "SERVICE", "service_type": "OPENAPI", "xroad_instance": "CY", "subsystem_code": "GEO",
    }  # fmt: skip


def test_a_name_that_follows_from_the_circle_needs_nobody_to_give_it(circle: Circle) -> None:
    implied = f"chuan-yu/GOV/{SICHUAN.id}/services"
    found = ask(circle["cq"], f"/r1/{implied}/allowedMethods", x_road_client=f"chuan-yu/GOV/{CHONGQING.id}/gis")[2]
    assert [each["service_code"] for each in found["service"]] == ["divisions"]


def test_the_description_of_a_service_is_fetched_from_its_provider(circle: Circle) -> None:
    status, _, found = ask(circle["cq"], f"/r1/{TARGET}/getOpenAPI?serviceCode=regions")
    assert (status, found["openapi"][:3]) == (200, "3.1")
    assert "/units/{code}/towns" in found["paths"]
    assert found["servers"] == [{"url": f"/r1/{TARGET}/regions"}]


@pytest.mark.parametrize(
    ("path", "more", "status", "kind"),
    [
        ("/regions/units", {}, 500, "Server.ServerProxy.AccessDenied"),
        ("/regions/units/511623/towns", {"tc_purpose": "tax"}, 500, "Server.ClientProxy.AccessDenied"),
        ("/nothing/units", {}, 500, "Server.ServerProxy.UnknownService"),
        ("/getOpenAPI?serviceCode=nothing", {}, 500, "Server.ServerProxy.UnknownService"),
        ("/getOpenAPI", {}, 400, "Client.BadRequest"),
        ("/regions/units/511623/towns", {"x_road_client": ""}, 400, "Client.BadRequest"),
        ("/regions/units/511623/towns", {"x_road_client": "CY/GOV/%zz"}, 400, "Client.BadRequest"),
        ("/regions/units/511623/towns", {"authorization": ""}, 500, "Server.ClientProxy.AuthenticationFailed"),
        ("/regions/units/511623/towns", {"authorization": "Bearer x"}, 500, "Server.ClientProxy.AccessDenied"),
        ("%2Fregions", {}, 400, "Client.BadRequest"),
    ],
)
def test_what_goes_wrong_on_the_way_is_an_x_road_error(
    circle: Circle, path: str, more: dict[str, str], status: int, kind: str
) -> None:
    found, head, body = ask(circle["cq"], f"/r1/{TARGET}{path}", **more)
    assert (found, head["x-road-error"], body["type"], set(body)) == (status, kind, kind, {"type", "message", "detail"})


def test_the_provider_s_own_refusal_is_passed_on_unchanged(circle: Circle) -> None:
    status, head, body = ask(circle["cq"], f"/r1/{TARGET}/regions/units/999999/towns")
    assert (status, body["code"]) == (404, "division-unknown")
    assert "x-road-error" not in head


def test_an_address_stands_in_for_a_token_only_where_the_operator_says_so(circle: Circle) -> None:
    path = f"/r1/{TARGET}/regions/units/511623/towns"
    assert ask(circle["cq"], path, authorization="")[0] == 500
    name(circle["cq"], CLIENT, system="gis", purposes={"*": PURPOSE}, addresses=["127.0.0.1"])
    assert ask(circle["cq"], path, authorization="")[0] == 200
    name(circle["cq"], CLIENT, system="gis", purposes={"*": PURPOSE})
    assert ask(circle["cq"], path, authorization="")[0] == 500


def test_clients_of_a_security_server_get_what_a_grant_names_them_for(circle: Circle) -> None:
    path, client = "/xroad/provider/divisions/units/511623/towns", "EE/GOV/70000/maps"
    assert ask(circle["sc"], path, authorization="", x_road_client=client)[1]["x-road-error"].endswith("AccessDenied")
    circle["sc"].operate("xroad.server", {"address": "127.0.0.1", "title": "EE"})
    try:
        assert ask(circle["sc"], path, authorization="", x_road_client=client)[0] == 500
        foreign = grant(id="ee", subject="xroad:EE/GOV/70000", purposes=["xroad"])
        circle["sc"].operate("exchange.grant", {"grants": [foreign]})
        status, _, body = ask(circle["sc"], path, authorization="", x_road_client=client)
        assert status == 200, body
        assert set(body["rows"][0]) == {"code", "name"}
        other = ask(circle["sc"], path, authorization="", x_road_client="EE/GOV/70001/maps")
        assert (other[0], other[1]["x-road-error"]) == (500, "Server.ServerProxy.AccessDenied")
    finally:
        circle["sc"].operate("xroad.server", {"address": "127.0.0.1", "remove": True})


def test_the_configuration_names_every_member_and_subsystem(circle: Circle) -> None:
    with zipfile.ZipFile(BytesIO(circle["cq"].get("/verificationconf")[2])) as archive:
        assert archive.read("verificationconf/instance-identifier") == b"chuan-yu"
        root = ET.fromstring(archive.read("verificationconf/CY/shared-params.xml"))
    assert {each.text for each in root.findall("member/memberCode")} == {"500000", "510000"}
    assert [each.findtext("address") for each in root.findall("securityServer")] == ["127.0.0.1"] * 2
    directory = circle["cq"].get("/internalconf")[2].decode()
    location = directory.partition("Content-location: ")[2].partition("\r\n")[0]
    assert b"<instanceIdentifier>chuan-yu</instanceIdentifier>" in circle["cq"].get(location)[2]


def test_clients_are_listed_in_both_forms(circle: Circle) -> None:
    listed = json.loads(circle["cq"].get("/listClients?xRoadInstance=CY", {"accept": "application/json"})[2])
    assert {"id": {"object_type": "SUBSYSTEM", "xroad_instance": "CY", "member_class": "GOV", "member_code": "510000",
                   "subsystem_code": "GEO"}, "name": "四川省"} in listed["member"]  # fmt: skip
    root = ET.fromstring(circle["cq"].get("/listClients")[2])
    assert root.tag == "{http://x-road.eu/xsd/xroad.xsd}clientList"
    assert circle["cq"].get("/listClients?xRoadInstance=XX")[0] == 400
