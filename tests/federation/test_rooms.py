"""Rooms between live nodes: published once, read in order from each reader's own cursor, kept for a while."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.support import PURPOSE, grant, system_token, until
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, LiveNode, live_circle

pytestmark = pytest.mark.slow
PATIENCE = 60.0
ROOM = f"/rooms/{SICHUAN.id}/water"


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN], apps=["probe"]) as found:
        title = {"zh-Hans": "水情", "en": "Water"}
        found["sc"].operate("exchange.room", {"name": "water", "title": title, "keep_events": 50})
        grant(found["sc"], CHONGQING.id, service="room.water", methods=("GET", "POST"))
        yield found


@pytest.fixture(scope="module")
def reader(circle: Circle) -> str:
    return system_token(circle["cq"], "reader")


@pytest.fixture(scope="module")
def writer(circle: Circle) -> str:
    return system_token(circle["sc"], "writer")


def event(number: int, **more: Any) -> dict[str, Any]:
    facts = {"specversion": "1.0", "id": f"e{number}", "source": "/gauges/1", "type": "level", "data": {"cm": number}}
    return facts | more


def ask(node: LiveNode, token: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {token}", "tc-purpose": PURPOSE}
    data = None if body is None else json.dumps(body).encode()
    status, _, answer = node.request(method, path, headers, data)
    return status, json.loads(answer) if answer else None


def numbers(found: dict[str, Any]) -> list[int]:
    return [each["event"]["data"]["cm"] for each in found["events"]]


def publish(circle: Circle, writer: str, *given: int) -> None:
    for number in given:
        assert ask(circle["sc"], writer, "POST", ROOM, event(number))[0] == 202


def last(circle: Circle) -> int:
    return int(circle["sc"].operate("exchange.rooms")[0]["last"])


def test_a_reader_across_the_border_reads_in_order_and_goes_on_from_where_it_has_acknowledged(
    circle: Circle, reader: str, writer: str
) -> None:
    cq = circle["cq"]
    publish(circle, writer, 1, 2, 3, 2)
    until("the events", lambda: last(circle) == 3, PATIENCE)
    status, found = ask(cq, reader, "GET", ROOM + "?limit=2")
    assert (status, numbers(found), found["cursor"]) == (200, [1, 2], 2)
    assert numbers(ask(cq, reader, "GET", ROOM + "?limit=2")[1]) == [1, 2], "nothing was acknowledged"
    assert ask(cq, reader, "POST", ROOM + "/ack", {"cursor": 2}) == (200, {"cursor": 2})
    assert numbers(ask(cq, reader, "GET", ROOM)[1]) == [3]
    assert numbers(ask(cq, reader, "GET", ROOM + "?after=0")[1]) == [1, 2, 3], "replay"
    subscriber = circle["sc"].operate("exchange.rooms")[0]["subscribers"][0]
    assert [subscriber[name] for name in ("member", "system", "cursor", "lag")] == [CHONGQING.id, "reader", 2, 1]


def test_another_reader_has_a_cursor_of_its_own(circle: Circle) -> None:
    slow = system_token(circle["cq"], "slow")
    assert numbers(ask(circle["cq"], slow, "GET", ROOM + "?limit=1")[1]) == [1]


def test_who_waits_is_woken_by_the_next_event(circle: Circle, reader: str, writer: str) -> None:
    before, found = last(circle), []
    path = f"{ROOM}?after={before}&wait=25"
    waiting = threading.Thread(target=lambda: found.append(ask(circle["cq"], reader, "GET", path)))
    waiting.start()
    publish(circle, writer, 100)
    waiting.join(PATIENCE)
    assert numbers(found[0][1]) == [100]


def test_a_member_without_a_grant_publishes_and_reads_nothing(circle: Circle, reader: str) -> None:
    title = {"zh-Hans": "内部", "en": "Internal"}
    circle["sc"].operate("exchange.room", {"name": "internal", "title": title})
    status, problem = ask(circle["cq"], reader, "GET", f"/rooms/{SICHUAN.id}/internal")
    assert (status, problem["code"]) == (403, "grant-missing")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"specversion": "0.3"}, "specversion"), ({"id": ""}, "id"), ({"time": "soon"}, "time"), ({"Bad": 1}, "Bad")],
)
def test_what_is_no_cloud_event_is_refused_at_the_door(circle: Circle, writer: str, change: dict, field: str) -> None:
    status, problem = ask(circle["sc"], writer, "POST", ROOM, event(9) | change)
    assert (status, problem["code"], problem["field"]) == (422, "event-invalid", field)


def test_beyond_the_end_and_beside_the_form_is_refused(circle: Circle, reader: str) -> None:
    for path, body, field in (("/ack", {"cursor": 10_000}, "cursor"), ("/ack", {"cursor": -1}, "cursor")):
        status, problem = ask(circle["cq"], reader, "POST", ROOM + path, body)
        assert (status, problem["field"]) == (422, field)
    assert ask(circle["cq"], reader, "GET", ROOM + "?colour=red")[1]["code"] == "unknown-parameter"
    status, problem = ask(circle["cq"], reader, "GET", ROOM + "?wait=99")
    assert (status, problem.get("field")) == (422, "wait"), problem
