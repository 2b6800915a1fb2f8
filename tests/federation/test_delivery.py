"""Asynchronous messages between live nodes: handed in, delivered in order, once, answered, and proven like any call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.ledgers import written
from tests.faults.support import PURPOSE, code, grant, system_token, until
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, LiveNode, live_circle
from twincity.node.testkit.live import OperationRefusedError

pytestmark = pytest.mark.slow
PATIENCE = 60.0


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN], apps=["probe"]) as found:
        grant(found["sc"], CHONGQING.id, methods=("GET", "POST"))
        yield found


@pytest.fixture(scope="module")
def token(circle: Circle) -> str:
    return system_token(circle["cq"])


def post(node: LiveNode, token: str, text: str, path: str = "/notes", **more: str) -> tuple[int, dict, bytes]:
    """Hand in a note for 四川."""
    headers = {"authorization": f"Bearer {token}", "tc-purpose": PURPOSE, "prefer": "respond-async"}
    headers |= {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in more.items()}
    return node.request("POST", f"/call/{SICHUAN.id}/probe{path}", headers, json.dumps({"text": text}).encode())


def seen(node: LiveNode, token: str, place: str) -> tuple[int, dict[str, Any]]:
    status, _, body = node.get(place, {"authorization": f"Bearer {token}"})
    return status, json.loads(body)


def texts(node: LiveNode) -> list[str]:
    return [each["text"] for each in node.operate("probe.notes")]


def test_a_message_is_accepted_delivered_answered_and_on_record_on_both_sides(circle: Circle, token: str) -> None:
    cq, sc = circle["cq"], circle["sc"]
    status, headers, body = post(cq, token, "first")
    assert (status, body, headers["preference-applied"]) == (202, b"", "respond-async")
    place, name = headers["location"], headers["tc-message-id"]
    assert seen(cq, token, place + "/result?wait=30")[1].keys() == {"number"}
    until("the acknowledgement", lambda: seen(cq, token, place)[1]["taken"], PATIENCE)
    _, shown = seen(cq, token, place)
    assert (shown["state"], shown["status"]) == ("done", 200)
    assert shown["receipt"].startswith(f'"{SICHUAN.id}/exchange";index=')
    assert "first" in texts(sc)
    theirs = [each for each in written(sc) if each.id == name]
    ours = [each for each in written(cq) if each.id == name]
    assert [(each.side, each.status) for each in theirs + ours] == [("provider", 202), ("consumer", 202)]
    assert (theirs[0].req, theirs[0].res) == (ours[0].req, ours[0].res)
    proof = until("the evidence", lambda: prove(cq, name), PATIENCE)
    assert proof["holds"], proof["checks"]


def prove(node: LiveNode, name: str) -> Any:
    try:
        return node.operate("exchange.prove", {"message": name})
    except RuntimeError:
        return None


def test_what_waited_for_a_member_that_was_gone_arrives_in_order(circle: Circle, token: str) -> None:
    cq, sc = circle["cq"], circle["sc"]
    sc.kill()
    sent = [f"waited {number}" for number in range(40)]
    last = ""
    for text in sent:
        status, headers, _ = post(cq, token, text)
        assert status == 202
        last = headers["location"]
    assert seen(cq, token, last)[1]["state"] == "queued"
    status, problem = seen(cq, token, last + "/result")
    assert (status, problem["code"]) == (409, "result-not-yet")
    sc.start()
    until("the last result", lambda: seen(cq, token, last)[1]["state"] == "done", PATIENCE)
    assert [text for text in texts(sc) if text.startswith("waited")] == sent


def test_a_refusal_and_a_wrong_parameter_come_to_a_person_and_hold_nothing_up(circle: Circle, token: str) -> None:
    cq = circle["cq"]
    places = [post(cq, token, "refused", path="/nowhere")[1]["location"], post(cq, token, "after it")[1]["location"]]
    until("the second", lambda: seen(cq, token, places[1])[1]["state"] == "done", PATIENCE)
    assert (seen(cq, token, places[0])[1]["state"], seen(cq, token, places[0])[1]["error"]) == ("dead", "not-found")


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"tc_lane": "no spaces"}, "tc-lane"), ({"tc_ttl": "5"}, "tc-ttl"), ({"tc_priority": "high"}, "tc-priority")],
)
def test_wrong_wishes_are_named(circle: Circle, token: str, fields: dict[str, str], field: str) -> None:
    status, _, body = post(circle["cq"], token, "wrong", **fields)
    assert (status, code(body), json.loads(body)["field"]) == (422, "invalid", field)


def test_a_message_is_shown_to_the_system_that_sent_it_and_to_no_other(circle: Circle, token: str) -> None:
    place = post(circle["cq"], token, "private")[1]["location"]
    other = system_token(circle["cq"], "curious")
    assert seen(circle["cq"], other, place)[0] == 404
    assert seen(circle["cq"], "wrong", place)[0] == 401


def test_a_courier_s_file_does_what_the_network_does_and_both_together_do_it_once(circle: Circle, token: str) -> None:
    cq, sc = circle["cq"], circle["sc"]
    sc.kill()
    places = [post(cq, token, f"carried {number}")[1]["location"] for number in range(5)]
    bundle = cq.operate("exchange.courier-export", {"to": SICHUAN.id})
    assert bundle["messages"] == 5
    cq.stop()  # the township is offline for good: only the file travels
    sc.start()
    found = sc.operate("exchange.courier-import", {"bundle": bundle["bundle"]})
    assert [found[name] for name in ("sender", "taken", "known", "refused")] == [CHONGQING.id, 5, 0, 0]
    until("the effects", lambda: carried(sc) == [f"carried {number}" for number in range(5)], PATIENCE)
    again = sc.operate("exchange.courier-import", {"bundle": bundle["bundle"]})
    assert [again[name] for name in ("taken", "known")] == [0, 5]
    with pytest.raises(OperationRefusedError, match="courier-unreadable"):
        sc.operate("exchange.courier-import", {"bundle": bundle["bundle"][:-8]})
    sc.stop()
    cq.start()
    with pytest.raises(OperationRefusedError, match="courier-unreadable"):
        cq.operate("exchange.courier-import", {"bundle": bundle["bundle"]})
    settled = cq.operate("exchange.courier-import", {"bundle": found["receipt"]})
    assert settled["acknowledged"] == 5
    assert all(seen(cq, token, place)[1]["receipt"] for place in places)
    assert cq.operate("exchange.courier-import", {"bundle": again["receipt"]})["acknowledged"] == 0
    sc.start()
    until("the results", lambda: all(seen(cq, token, place)[1]["state"] == "done" for place in places), PATIENCE)
    assert carried(sc) == [f"carried {number}" for number in range(5)]
    name = places[0].rpartition("/")[2]
    sides = [each for node in (cq, sc) for each in written(node) if each.id == name]
    assert [each.side for each in sides] == ["consumer", "provider"]
    assert (sides[0].req, sides[0].res) == (sides[1].req, sides[1].res)
    proof = until("the evidence", lambda: prove(cq, name), PATIENCE)
    assert proof["holds"], proof["checks"]


def carried(node: LiveNode) -> list[str]:
    return [text for text in texts(node) if text.startswith("carried")]


def test_a_handler_that_fails_leaves_nothing_and_its_message_to_a_person(circle: Circle, token: str) -> None:
    cq, sc = circle["cq"], circle["sc"]
    place = post(cq, token, "fail always", tc_lane="troubled")[1]["location"]
    waiting = post(cq, token, "after the failing one", tc_lane="troubled")[1]["location"]
    dead = until("a dead letter", lambda: [d for d in sc.operate("exchange.dead-letters") if d["peer"]], 120.0)
    assert (dead[0]["attempts"], dead[0]["error"]) == (6, "RuntimeError: asked to fail")
    until("the next in the lane", lambda: seen(cq, token, waiting)[1]["state"] == "done", PATIENCE)
    assert not [text for text in texts(sc) if text.startswith("fail")]
    given = {"message": dead[0]["message"], "peer": CHONGQING.id, "act": "drop", "by": "operator"}
    with pytest.raises(OperationRefusedError, match="invalid"):
        sc.operate("exchange.decide-letter", given)
    sc.operate("exchange.decide-letter", given | {"reason": "asked to fail"})
    until("word of it", lambda: seen(cq, token, place)[1]["state"] == "done", PATIENCE)
    status, problem = seen(cq, token, place + "/result")
    assert (status, problem["code"], problem["reason"]) == (410, "message-dropped", "asked to fail")


def test_a_dead_letter_of_one_s_own_is_tried_again_under_the_same_id(circle: Circle, token: str) -> None:
    cq, sc = circle["cq"], circle["sc"]
    headers = {"authorization": f"Bearer {token}", "tc-purpose": PURPOSE, "prefer": "respond-async"}
    place = cq.request("GET", f"/call/{SICHUAN.id}/probe-critical/echo", headers, None)[1]["location"]
    until("a dead letter", lambda: seen(cq, token, place)[1]["state"] == "dead", PATIENCE)
    assert seen(cq, token, place)[1]["error"] == "grant-missing"
    grant(sc, CHONGQING.id, service="probe-critical")
    given = {"message": place.rpartition("/")[2], "act": "retry", "by": "operator"}
    cq.operate("exchange.decide-letter", given)
    until("its result", lambda: seen(cq, token, place)[1]["status"] == 200, PATIENCE)
    with pytest.raises(OperationRefusedError, match="not-found"):
        cq.operate("exchange.decide-letter", given)
