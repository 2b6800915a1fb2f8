"""A service of a local system, registered from its description, called from the other province and kept in bounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.federation.test_two_nodes import until
from twincity.apps.sharing.tests.office import Office, open_office
from twincity.kernel import clock
from twincity.node.testkit import CHONGQING, SICHUAN, Circle
from twincity.node.testkit.live import OperationRefusedError, make_circle, start_circle

PURPOSE = "planning.firms"
PATIENCE = 90.0
OFFERED = ["GET /firms", "GET /firms/{code}", "POST /checks", "GET /moved", "GET /broken", "GET /text"]
FIELDS = ("code", "name", "city", "phone")
pytestmark = pytest.mark.slow


def text(name: str) -> dict[str, str]:
    return {"zh-Hans": name, "en": name}


class World:
    """Two nodes, of which 四川 has a system."""

    def __init__(self, circle: Circle, office: type[Office], address: str, running: ExitStack) -> None:
        self.circle, self.office, self.address, self.running = circle, office, address, running

    def agree(self, service: str, **more: Any) -> None:
        """重庆 asks for a service and is granted it."""
        terms = {"service": service, "purpose": PURPOSE, "reason": text("企业"), "rate": 6000}
        terms |= {"methods": ["GET", "POST"], "not_after": clock.unix() + 86_400} | more
        asked = self.circle["cq"].operate("exchange.ask", {"provider": SICHUAN.id, "terms": terms})
        until(lambda: self._state("sc", asked["id"]) == "requested", PATIENCE)
        self.circle["sc"].operate("exchange.decide", {"agreement": asked["id"], "state": "active", "by": "steward"})
        until(lambda: self._state("cq", asked["id"]) == "active", PATIENCE)

    def _state(self, node: str, agreement: str) -> str | None:
        found = self.circle[node].operate("exchange.agreements")
        return next((each["state"] for each in found if each["id"] == agreement), None)

    def call(self, path: str, service: str = "firms", query: str = "", **more: Any) -> dict[str, Any]:
        """A call from 重庆."""
        given = {"provider": SICHUAN.id, "service": service, "path": path, "query": query, "purpose": PURPOSE}
        answer: dict[str, Any] = self.circle["cq"].operate("exchange.call", given | more)
        return answer | {"value": json.loads(answer["body"]) if answer["body"] else None}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("systems")
    with ExitStack() as stack:
        running = stack.enter_context(ExitStack())
        address, office = running.enter_context(open_office())
        circle = make_circle(folder, [CHONGQING, SICHUAN], apps=["sharing"])
        stack.callback(circle.stop)
        settings = circle["sc"].home.path / "node.toml"
        settings.write_text(f'{settings.read_text("utf-8")}\n[sources.office]\nurl = "{address}"\n', "utf-8")
        start_circle(circle)
        made = World(circle, office, address, running)
        standard = publish_standard(circle)
        for name, of in (("firms", ""), ("firm-rows", standard)):
            given = {"system": "office", "name": name, "title": text("企业查询"), "operations": OFFERED, "standard": of}
            assert circle["sc"].operate("sharing.register-service", given)["health"] == "/health"
        made.agree("firms")
        made.agree("firm-rows", fields=["code", "city"], rows=[{"field": "city", "op": "in", "values": ["成都"]}])
        yield made


def publish_standard(circle: Circle) -> str:
    fields = [{"name": name, "title": text(name)} for name in FIELDS]
    fields[0]["key"] = True
    standard = {"id": "firm", "version": "1", "title": text("企业"), "fields": fields}
    return str(circle["sc"].operate("catalogue.publish-standard", {"standard": standard})["identifier"])


def test_the_service_stands_in_the_other_s_catalogue_with_its_endpoints(world: World) -> None:
    def found() -> list[dict[str, Any]]:
        return list(world.circle["cq"].operate("catalogue.search", {"text": "企业查询", "kind": "service"}))

    until(lambda: len(found()) == 2, PATIENCE)
    endpoints = found()[0]["body"]["endpoints"]
    assert {f"{each['method']} {each['path']}" for each in endpoints} == set(OFFERED)


def test_a_call_reaches_the_system_and_its_answer_comes_back(world: World) -> None:
    answer = world.call("/firms/5001")
    assert (answer["outcome"], answer["value"]["name"]) == ("ok", "渝江")
    method, path, _, headers = world.office.asked[-1]
    told = {name.lower(): value for name, value in headers.items()}
    assert (method, path) == ("GET", "/firms/5001")
    assert (told["tc-member"], told["tc-purpose"]) == (CHONGQING.id, PURPOSE)


def test_declared_query_and_body_are_passed_and_nothing_else(world: World) -> None:
    answer = world.call("/firms", query="city=%E6%88%90%E9%83%BD&page-size=2")
    assert len(answer["value"]["rows"]) == 2
    assert world.call("/firms", query="page-size=x")["outcome"] == "invalid"
    assert world.call("/firms", query="debug=1")["outcome"] == "unknown-parameter"
    posted = world.call("/checks", method="POST", body='{"code": "5001", "deep": {"a": 1}}')
    assert posted["value"] == {"checked": "5001"}
    assert json.loads(world.office.asked[-1][2]) == {"code": "5001", "deep": {"a": 1}}
    refused = world.call("/checks", method="POST", body='{"code": "5001", "more": 1}')
    assert refused["outcome"] == "unknown-parameter"


@pytest.mark.parametrize("path", ["/firms/..%2Fhealth", "/firms/%2e%2e", "/firms/a%5Cb", "/firms/%2561"])
def test_no_segment_leads_elsewhere(world: World, path: str) -> None:
    before = len(world.office.asked)
    assert world.call(path)["status"] in {400, 403, 404, 422}
    assert [each for each in world.office.asked[before:] if each[1] != "/health"] == []


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/firms/none", "not-found"),
        ("/moved", "system-faulty"),
        ("/broken", "system-faulty"),
        ("/text", "system-faulty"),
    ],
)
def test_errors_of_the_system_are_told_without_its_words(world: World, path: str, outcome: str) -> None:
    answer = world.call(path)
    assert answer["outcome"] == outcome
    assert "internal" not in answer["body"]
    assert "169.254" not in answer["body"]


def test_under_a_standard_only_granted_rows_and_fields_leave(world: World) -> None:
    answer = world.call("/firms", "firm-rows")
    assert answer["value"] == {"rows": [{"code": "5101", "city": "成都"}, {"code": "5102", "city": "成都"}]}
    assert world.call("/firms/5001", "firm-rows")["outcome"] == "answer-not-rows"
    assert world.call("/firms", "firm-rows", query="phone=13800000002")["outcome"] == "field-not-granted"


def test_only_systems_that_the_operator_names_are_asked(world: World) -> None:
    given = {"name": "x", "title": text("x"), "operations": ["GET /firms"]}
    for system in ("elsewhere", "http://169.254.169.254", ""):
        with pytest.raises(OperationRefusedError, match="not-found"):
            world.circle["sc"].operate("sharing.register-service", given | {"system": system})
    for at in ("//evil.example/x", "/../x", "http://evil.example", "/a?b"):
        with pytest.raises(OperationRefusedError, match="invalid"):
            world.circle["sc"].operate("sharing.register-service", given | {"system": "office", "at": at})


def test_after_a_power_cut_the_service_answers_and_when_the_system_goes_the_node_says_so(world: World) -> None:
    world.circle["sc"].kill()
    world.circle["sc"].start()
    until(lambda: world.call("/firms/5001")["outcome"] == "ok", PATIENCE)
    world.running.close()
    assert world.call("/firms/5001")["outcome"] == "system-unreachable"
    until(lambda: troubles(world) == {"system-unreachable"}, PATIENCE)
    port = urlsplit(world.address).port or 0
    with open_office(port):
        until(lambda: troubles(world) == {""}, PATIENCE)


def test_withdrawn_it_is_gone(world: World) -> None:
    world.circle["sc"].operate("sharing.withdraw-service", {"name": "firms"})
    assert world.call("/firms/5001")["outcome"] == "not-found"


def troubles(world: World) -> set[str]:
    return {each["trouble"] for each in world.circle["sc"].operate("sharing.services")}
