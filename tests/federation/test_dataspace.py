"""Two live members negotiate and transfer in the Dataspace Protocol; what was agreed there holds everywhere."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.suites.dsp import schemas
from twincity.kernel import clock
from twincity.node.testkit import CHONGQING, SICHUAN, live_circle
from twincity.node.testkit.live import Circle, LiveNode, OperationRefusedError

PATIENCE = 60.0
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def circle(tmp_path_factory):
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN], apps=["probe", "dataspace"]) as made:
        yield made


def terms(**changes: Any) -> dict[str, Any]:
    reason = {"zh-Hans": "规划", "en": "planning"}
    return {"service": "probe", "purpose": "planning", "reason": reason, "not_after": clock.unix() + 86_400} | changes


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def shown(node: LiveNode, identifier: str) -> Any:
    return node.operate("dataspace.show", {"id": identifier})


def reached(node: LiveNode, identifier: str, *states: str) -> Any:
    end = time.monotonic() + PATIENCE
    while (found := shown(node, identifier))["state"] not in states:
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def offer(circle: Circle, answer: str = "auto", **changes: Any) -> Any:
    return circle["sc"].operate("dataspace.offer", {"terms": terms(**changes), "answer": answer})


def begin(circle: Circle, offered: Any, **changes: Any) -> str:
    wanted = {"peer": SICHUAN.id, "dataset": offered["dataset"], "offer": offered["id"], "terms": terms(**changes)}
    return circle["cq"].operate("dataspace.negotiate", wanted)["id"]


def agreed(circle: Circle, **changes: Any) -> Any:
    return reached(circle["cq"], begin(circle, offer(circle, **changes), **changes), "FINALIZED")


def started(circle: Circle, agreement: str, **more: Any) -> Any:
    given = {"peer": SICHUAN.id, "agreement": agreement, **more}
    return reached(circle["cq"], circle["cq"].operate("dataspace.transfer", given)["id"], "STARTED", "COMPLETED")


def sign(circle: Circle, identifier: str, path: str = "/echo?text=hi") -> Any:
    return circle["cq"].operate("dataspace.fetch", {"id": identifier, "path": path})


def test_agreed_by_protocol_pulled_with_evidence(circle):
    found = agreed(circle)
    transfer = started(circle, found["agreement"])
    got = sign(circle, transfer["id"])
    assert (got["status"], json.loads(base64.b64decode(got["body"]))["text"]) == (200, "hi")
    bundle = until(lambda: proven(circle["cq"], got["message"]))
    assert bundle["holds"]
    assert "agreement" in {check["name"] for check in bundle["checks"]}
    for node in circle.values():
        kept = node.operate("exchange.agreements", {"state": "active"})
        assert found["id"] in {each["id"] for each in kept}
    for process in (found, transfer):
        for message in process["messages"]:
            assert schemas.faults(message["body"]) == []


def proven(node: LiveNode, message: str) -> Any:
    try:
        return node.operate("exchange.prove", {"message": message})
    except OperationRefusedError:
        return None


def test_a_pushed_transfer_arrives_and_completes(circle):
    found = agreed(circle)
    transfer = started(circle, found["agreement"], form="HttpData-PUSH", path="/echo?text=pushed")
    done = reached(circle["cq"], transfer["id"], "COMPLETED")
    assert done["received"] > 0


def test_more_than_is_offered_is_countered_with_the_offer_and_accepted_by_a_person(circle):
    offered = offer(circle, fields=["n"])
    asked = begin(circle, offered, fields=["n", "square"])
    found = reached(circle["cq"], asked, "FINALIZED")
    assert found["terms"]["fields"] == ["n"]  # within what was asked: accepted at once
    wider = begin(circle, offer(circle, purpose="planning"), purpose="health")
    assert reached(circle["cq"], wider, "OFFERED")["terms"]["purpose"] == "planning"
    circle["cq"].operate("dataspace.act", {"id": wider, "act": "accept"})
    assert reached(circle["cq"], wider, "FINALIZED")


def test_a_terminated_transfer_gives_nothing_more(circle):
    found = agreed(circle)
    transfer = started(circle, found["agreement"])
    circle["cq"].operate("dataspace.step", {"id": transfer["id"], "act": "suspend", "reason": "pause"})
    reached(circle["sc"], transfer["peer_pid"], "SUSPENDED")
    with pytest.raises(OperationRefusedError, match="dataspace-state"):
        sign(circle, transfer["id"])
    with pytest.raises(OperationRefusedError, match="dataspace-state"):
        circle["sc"].operate("dataspace.step", {"id": transfer["peer_pid"], "act": "start"})
    circle["cq"].operate("dataspace.step", {"id": transfer["id"], "act": "start"})
    reached(circle["sc"], transfer["peer_pid"], "STARTED")
    assert sign(circle, transfer["id"])["status"] == 200
    circle["sc"].operate("dataspace.step", {"id": transfer["peer_pid"], "act": "terminate", "reason": "misuse"})
    reached(circle["cq"], transfer["id"], "TERMINATED")
    with pytest.raises(OperationRefusedError, match="dataspace-state"):
        sign(circle, transfer["id"])


def test_a_suspended_agreement_stops_its_transfers(circle):
    found = agreed(circle)
    transfer = started(circle, found["agreement"])
    circle["sc"].operate("exchange.decide", {"agreement": found["id"], "state": "suspended", "by": "steward"})
    assert sign(circle, transfer["id"])["status"] == 403
    with pytest.raises(OperationRefusedError):
        circle["sc"].operate("dataspace.step", {"id": transfer["peer_pid"], "act": "start"})


def test_what_cannot_be_enforced_is_refused_with_the_reason(circle):
    made = begin(circle, {"dataset": "urn:nothing", "id": "x"})
    found = reached(circle["cq"], made, "TERMINATED")
    assert "404" in found["messages"][0]["error"]


@pytest.mark.parametrize(
    "path", ["negotiations/request", "negotiations/x/events", "transfers/request", "catalog/request"]
)
def test_a_stranger_learns_nothing(circle, path):
    body = json.dumps({"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"]}).encode()
    status, _, raw = circle["sc"].request("POST", f"/dsp/2025-1/{path}", {"authorization": "Bearer guess"}, body)
    assert (status, schemas.faults(json.loads(raw))) == (401, [])


def test_hostile_bodies_are_refused_in_the_protocols_own_words(circle):
    token = "k" * 30
    circle["sc"].operate("dataspace.partner", {"id": "p.example", "base": "http://127.0.0.1:9", "token": token})
    deep = b'{"@context":' + b"[" * 90_000
    policy = {"@type": "Offer", "@id": "x", "target": "urn:t", "permission": [{"action": "use", "x": "y" * 1_000_000}]}
    for body in (b"", b"[]", b"\xff", deep, json.dumps({"offer": policy}).encode()):
        headers = {"authorization": f"Bearer {token}"}
        status, _, raw = circle["sc"].request("POST", "/dsp/2025-1/negotiations/request", headers, body)
        assert 400 <= status < 500, raw
        assert schemas.faults(json.loads(raw)) == []


def test_both_sides_converge_when_the_provider_dies_in_the_middle(circle):
    offered = offer(circle)
    made = [begin(circle, offered) for _ in range(5)]
    circle["sc"].kill()
    made += [begin(circle, offered) for _ in range(2)]
    circle["sc"].start()
    for each in made:
        mine = reached(circle["cq"], each, "FINALIZED")
        assert reached(circle["sc"], mine["peer_pid"], "FINALIZED")


def test_both_sides_converge_when_the_consumer_dies_in_the_middle(circle):
    offered = offer(circle)
    made = [begin(circle, offered) for _ in range(5)]
    circle["cq"].kill()
    circle["cq"].start()
    for each in made:
        mine = reached(circle["cq"], each, "FINALIZED")
        assert reached(circle["sc"], mine["peer_pid"], "FINALIZED")
