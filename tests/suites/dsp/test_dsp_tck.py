"""A port of the 67 sequences of the Dataspace TCK, run by a scripted peer against a live node; the score is counted."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.suites.dsp.peer import TOKEN, Kit
from tests.suites.dsp.script import PARTNER, Script, World
from tests.support import shared
from twincity.kernel import clock
from twincity.node.testkit import CHONGQING, SICHUAN, live_circle
from twincity.node.testkit.live import OperationRefusedError

REACHED = 67
"""Of 67: never fewer."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    shared("data/suites/exchange/dsp-tck")
    kit = Kit()
    folder = tmp_path_factory.mktemp("circle")
    with live_circle(folder, [CHONGQING, SICHUAN], apps=["probe", "dataspace"]) as circle:
        node = circle["cq"]
        reason = {"zh-Hans": "规划", "en": "planning"}
        terms = {"service": "probe", "purpose": "planning", "reason": reason, "not_after": clock.unix() + 86_400}
        node.operate("dataspace.partner", {"id": PARTNER, "base": kit.base, "token": TOKEN, "shown": "Bearer kit"})
        auto = node.operate("dataspace.offer", {"terms": terms, "answer": "auto", "dataset": "urn:tck:auto"})
        made = World(node, kit, auto["dataset"], auto["id"], "", terms)
        made.agreement = agreed(made)
        hand = node.operate("dataspace.offer", {"terms": terms, "dataset": "urn:tck:by-hand"})
        made.dataset, made.offer = hand["dataset"], hand["id"]
        yield made
    kit.close()


def agreed(world: World) -> str:
    """An agreement that the node makes by itself, and whose transfers a person then starts."""
    script = Script(world, {"id": "CN:00-00", "sequence": []})
    script.tell("ContractRequestMessage", "ContractNegotiation")
    agreement = world.kit.wait("ContractAgreementMessage")["agreement"]["@id"]
    script.tell("ContractAgreementVerificationMessage", "200 OK")
    assert world.kit.wait("ContractNegotiationEventMessage")["eventType"] == "FINALIZED"
    world.node.operate("dataspace.automatic", {"id": script.node_pid, "auto": False})
    return agreement


def rows():
    return json.loads((shared("data/suites/exchange/dsp-tck") / "dsp_tck_tests.json").read_text("utf-8"))


def test_every_sequence_of_the_kit(world):
    failed = {}
    for row in rows():
        world.kit.faults.clear()
        while not world.kit.heard.empty():
            world.kit.heard.get()
        try:
            Script(world, row).run()
        except (AssertionError, OperationRefusedError) as error:
            failed[row["id"]] = str(error)[:300]
    assert len(rows()) == 67
    assert 67 - len(failed) >= REACHED, "\n".join(f"{name}: {why}" for name, why in failed.items())


def test_a_process_of_another_peer_is_not_there(world):
    script = Script(world, {"id": "CN:00-01", "sequence": []})
    script.tell("ContractRequestMessage", "ContractNegotiation")
    world.node.operate(
        "dataspace.partner", {"id": "other.example", "base": world.kit.base, "token": "t" * 30, "shown": ""}
    )
    for path in (f"negotiations/{script.node_pid}", f"negotiations/{uuid.uuid4()}"):
        headers = {"authorization": "Bearer " + "t" * 30}
        status, _, raw = world.node.request("GET", f"/dsp/2025-1/{path}", headers, None)
        assert (status, json.loads(raw)["@type"]) == (404, "ContractNegotiationError")
