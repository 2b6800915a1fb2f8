"""The scenarios of the GovStack Consent building block, played against a live node; and the rest of its interface."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from behave.model import Scenario
from behave.parser import parse_file

from tests.support import shared
from twincity.node.testkit import CHONGQING, LiveNode, live_circle

pytestmark = pytest.mark.slow
BASE = "/govstack/consent/"
TITLE = {"zh-Hans": "参保核对", "en": "Insurance check"}
AGREEMENT = {
    "name": "1",
    "title": TITLE,
    "purpose": "welfare",
    "why": TITLE,
    "service": "probe",
    "attributes": [{"name": "name", "title": TITLE}],
    "recipients": [CHONGQING.id],
    "retention_days": 30,
    "valid_days": 180,
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    with live_circle(tmp_path_factory.mktemp("govstack"), [CHONGQING], apps=["probe", "govstack"]) as circle:
        circle["cq"].operate("consent.propose", AGREEMENT)
        yield circle["cq"]


@pytest.fixture(scope="module")
def token(node: LiveNode) -> str:
    return str(node.operate("identity.system", {"name": "eservice", "purposes": ["consent"]})["token"])


def scenarios() -> list[Scenario]:
    folder = shared("data/suites/exchange/govstack/consent/test/gherkin/features")
    found = [parse_file(str(path)) for path in sorted(folder.glob("*.feature"))]
    return [each for feature in found if feature for each in feature.walk_scenarios()]


def test_every_scenario_of_the_suite_holds(node: LiveNode) -> None:
    played = scenarios()
    assert len(played) == 4
    for scenario in played:
        answer: tuple[int, dict[str, Any]] = (0, {})
        for step in scenario.all_steps:
            answer = play(node, step.name, answer)


def play(node: LiveNode, step: str, answer: tuple[int, dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    """One step of the suite; what a request brought is handed on."""
    status, body = answer
    if found := re.fullmatch(r'I make a GET request to (/config/data-agreement/)"(.*)"', step):
        # As the suite's own client does: a percent sign that is written stays, "!" stands for itself.
        return ask(node, "GET", found[1][1:] + found[2] + "/")
    if step == "I call a basic public API endpoint":
        return ask(node, "GET", "service/policy/1/")
    if found := re.fullmatch(r"The response should have a status code of (\d+)", step):
        assert status == int(found[1]), body
    elif found := re.fullmatch(r'The response should contain the data agreement details for "(.*)"', step):
        assert body["dataAgreement"]["id"] == found[1]
    elif step == "I get some valid JSON data back":
        assert status == 200
        assert isinstance(body["policy"], dict)
        assert isinstance(body["revision"], dict)
    else:
        assert step.startswith(("A URL of", "a data agreement ID")), step
    return answer


def ask(
    node: LiveNode, method: str, path: str, token: str = "", body: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    raw = json.dumps(body).encode() if body is not None else None
    status, _, answer = node.request(method, BASE + path, headers, raw)
    return status, json.loads(answer)


def test_a_system_gives_and_withdraws_consent_for_a_person(node: LiveNode, token: str) -> None:
    made = ask(node, "POST", "service/individual/", token, {"individual": {"externalId": "urn:x:zhang"}})
    person = quote(made[1]["individual"]["id"], safe="")
    under = f"service/individual/record/data-agreement/1/?individualId={person}"
    status, refused = ask(node, "POST", under, token)
    assert (status, refused["code"]) == (400, "not-linked")
    status, draft = ask(
        node, "POST", f"service/individual/record/consent-record/draft/?individualId={person}&dataAgreementId=1", token
    )
    assert (status, draft["consentRecord"]["state"]) == (200, "unsigned")
    assert ask(node, "GET", f"service/individual/record/consent-record/?individualId={person}", token) == (
        200,
        {"consentRecords": []},
    )


def test_whatever_is_about_a_person_needs_a_token_with_that_purpose(node: LiveNode) -> None:
    assert ask(node, "GET", "audit/consent-records/")[0] == 401
    other = node.operate("identity.system", {"name": "other", "purposes": ["planning"]})["token"]
    assert ask(node, "GET", "audit/consent-records/", other)[0] == 403


def test_lists_are_paged_and_odd_parameters_refused(node: LiveNode, token: str) -> None:
    status, found = ask(node, "GET", "config/policies/?offset=0&limit=1")
    assert (status, [each["id"] for each in found["policies"]]) == (200, ["1"])
    assert ask(node, "GET", "config/policies/?offset=1")[1] == {"policies": []}
    assert ask(node, "GET", "config/policies/?limit=-1")[1]["code"] == "invalid"
    assert ask(node, "GET", "config/policies/?colour=red")[1]["code"] == "unknown-parameter"
    assert ask(node, "GET", "config/policy/1/?revisionId=9")[0] == 400
    assert ask(node, "GET", "audit/consent-record/none/", token)[0] == 400


def test_every_operation_of_the_specification_answers_as_one_of_its_own_responses(node: LiveNode, token: str) -> None:
    import yaml

    paths = yaml.safe_load(shared("data/suites/exchange/govstack/consent/api/consent-openapi.yaml").read_text())[
        "paths"
    ]
    answered = 0
    for path, methods in paths.items():
        for method in methods:
            given = {"individualId": "urn:x:li", "dataAgreementId": "1"}
            wanted = [each["name"] for each in methods[method].get("parameters", ()) if each["in"] == "query"]
            needed = "&".join(f"{name}={given[name]}" for name in wanted if name in given)
            address = re.sub(r"\{(\w+)\}", "1", path[1:]) + (f"?{needed}" if needed else "")
            status, _ = ask(node, method.upper(), address, token, {} if method in {"post", "put"} else None)
            assert status in {200, 400}, (method, path, status)
            answered += 1
    assert answered == 42
