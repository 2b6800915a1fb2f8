"""The scenarios of the GovStack Information Mediator, played against a live node; and its published interface."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs
import pytest
from behave.model import Scenario, Step
from behave.parser import parse_file

from tests.suites.mediator_names import APPLICATIONS, CLIENT, give, name
from tests.support import shared
from twincity.node.testkit import CHONGQING, LiveNode, live_circle

pytestmark = pytest.mark.slow
FOLDER = "data/suites/exchange/govstack/information-mediator/"
FLAT = "/govstack/mediator/flat/"
PUBLISHED = "/govstack/mediator/"
WORD = {"type": "string"}
ENDPOINT = {"type": "object", "properties": {"method": WORD, "path": WORD}, "additionalProperties": False}
NAMES = ("serviceType", "GovStackInstance", "memberClass", "memberCode", "applicationCode", "serviceCode")
LIST = {
    "type": "object", "required": ["member"], "additionalProperties": False, "properties": {"member": {
        "type": "array", "items": {"type": "object", "additionalProperties": False, "properties": {
            **dict.fromkeys(NAMES, WORD),
            "objectType": {"type": "object", "additionalProperties": False, "properties": {"object_type": {
                "enum": ["MEMBER", "SUBSYSTEM", "SERVER", "SERVICE"]}}},
            "endpointList": {"type": "object", "additionalProperties": False, "properties": {
                "member": {"type": "array", "items": ENDPOINT}}},
        }},
    }},
}  # fmt: skip
"""What the scenarios mean by their JSON schema of lists, restated; descriptions of services are text."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    with live_circle(tmp_path_factory.mktemp("govstack"), [CHONGQING], apps=["probe", "govstack"]) as circle:
        give(circle["cq"])
        until_known(circle["cq"])
        yield circle["cq"]


def until_known(node: LiveNode) -> None:
    """Until the new local system is known to the doors."""
    path = FLAT + "/".join(APPLICATIONS["serviceId1"]) + "/allowedMethods"
    end = time.monotonic() + 60
    while node.get(path, {"information-mediator-client": CLIENT})[0] != 200:
        assert time.monotonic() < end
        time.sleep(0.1)


def scenarios() -> list[Scenario]:
    folder = shared(FOLDER + "test/openAPI/features")
    found = [parse_file(str(path)) for path in sorted(folder.glob("*.feature"))]
    return [each for feature in found if feature for each in feature.walk_scenarios()]


def test_every_scenario_of_the_suite_holds(node: LiveNode) -> None:
    played = scenarios()
    assert len(played) == 28
    assert sum(play(node, each) for each in played) == 75  # status, header and schema


class Request:
    """What the steps of one scenario put together, and what came back."""

    def __init__(self, endpoint: str) -> None:
        self.path = endpoint
        self.query: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.answer: tuple[int, dict[str, str], bytes] = (0, {}, b"")

    def fill(self, given: dict[str, str]) -> None:
        for key, value in given.items():
            self.path = self.path.replace("{" + key + "}", quote(value, safe=""))

    def json(self) -> Any:
        try:
            return json.loads(self.answer[2])
        except ValueError:  # as the suite's own client: what is no JSON is text
            return self.answer[2].decode()


def play(node: LiveNode, scenario: Scenario) -> int:
    """Play one scenario; how many steps checked something."""
    tag = next(each for each in scenario.effective_tags if each.startswith("endpoint="))
    request, checked = Request(tag.removeprefix("endpoint=/")), 0
    for step in scenario.all_steps:
        if "receives a response" in step.name:
            path = FLAT + request.path + "?" + urlencode(request.query)
            request.answer = node.get(path, request.headers)
        elif step.name.startswith(("The ", "the ")) and step.step_type == "then":
            checked += check(step, request)
        else:
            prepare(step, request)
    return checked


def prepare(step: Step, request: Request) -> None:
    """A step that says what to ask for."""
    words = step.name.split('"')
    if step.table is not None:
        rows = {each[0]: each[1] for each in step.table.rows}
        if "Header" in step.table.headings:
            request.headers |= rows
        else:
            service = rows.pop("serviceId")
            request.fill(rows)
            request.query[service] = service  # the suite misnames its parameter
    elif "as serviceCode" in step.name:
        request.query["serviceCode"] = words[1]
    elif step.name.startswith("User sends"):
        values, labels = words[1::2], [each.strip(" ,").removeprefix("as ").split(",")[0] for each in words[2::2]]
        given = {label.split(" ")[0]: value for label, value in zip(labels, values, strict=False)}
        request.query |= {key: given[key] for key in ("serviceId", "instanceId") if key in given and request.path}
        request.fill(given)
        if "X-GovStack-Client" in values:
            request.headers["X-GovStack-Client"] = "X-GovStack-Client"
    else:
        assert step.step_type == "given", step.name


def check(step: Step, request: Request) -> bool:
    """A step that says what should have come; whether it checked something."""
    status, headers, _ = request.answer
    if "timely manner" in step.name:
        return False
    if "status" in step.name:
        assert status == int(step.name.rsplit(" ", 1)[1]), (request.path, request.answer)
    elif "header" in step.name:
        expected = step.name.split('"')[-2]
        assert headers["content-type"].startswith(expected)
    elif "json schema" in step.name:
        schema = WORD if request.path.endswith("getOpenAPI") else LIST
        jsonschema_rs.validate(schema, request.json())
    else:
        pytest.fail(f"a step that nobody plays: {step.name}")
    return True


def published(node: LiveNode, path: str, **headers: str) -> tuple[int, Any]:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    status, _, body = node.get(PUBLISHED + path, named)
    return status, json.loads(body)


def test_the_published_interface_names_its_members_as_its_description_says(node: LiveNode) -> None:
    base = "r1/" + "/".join(APPLICATIONS["serviceId1"])
    clients = published(node, "listClients?instanceId=identifier")[1]["member"]
    assert clients == [
        {"name": CHONGQING.id, "id": {"objectType": "APPLICATION", "instanceId": "identifier",
         "memberClass": "identifier", "memberCode": "alp4aNum3r1c", "applicationCode": "alp4aNum3r1c"}}
    ]  # fmt: skip
    listed = published(node, f"{base}/listMethods?serviceId=serviceId1")[1]["member"]
    assert [each["serviceCode"] for each in listed] == ["serviceId1"]
    assert {"method": "GET", "path": "/rows"} in listed[0]["endpointList"]["member"]
    assert "/rows" in published(node, f"{base}/getOpenAPI?serviceCode=serviceId1")[1]["paths"]


def test_allowed_methods_are_those_a_grant_allows_the_asking_application(node: LiveNode) -> None:
    path = "r1/" + "/".join(APPLICATIONS["serviceId2"]) + "/allowedMethods"
    assert published(node, path, information_mediator_client=CLIENT) == (200, {"member": []})
    subject = f"member:{CHONGQING.id}#registries"
    grant = {"id": "r", "subject": subject, "service": "probe", "path": "/rows", "purposes": ["planning"]}
    node.operate("exchange.grant", {"grants": [grant]})
    found = published(node, path, information_mediator_client=CLIENT)[1]["member"]
    assert [each["endpointList"]["member"] for each in found] == [[{"method": "GET", "path": "/rows"}]] * 2


def test_an_application_that_does_not_prove_itself_gets_nothing_that_is_its_own(node: LiveNode) -> None:
    path = "r1/" + "/".join(APPLICATIONS["serviceId1"]) + "/allowedMethods"
    assert published(node, path)[0] == 400
    assert published(node, path, information_mediator_client="eGovStack/GOV/1/unknown")[0] == 401
    assert published(node, path, information_mediator_client=CLIENT, authorization="Bearer x")[0] == 403
    name(node, "eGovStack/GOV/1/silent", system="registries")
    assert published(node, path, information_mediator_client="eGovStack/GOV/1/silent")[0] == 401
    assert published(node, "r1/a/b/c/d/listMethods")[0] == 404
    assert published(node, "r1/a/b/c/d/nothing")[0] == 404
