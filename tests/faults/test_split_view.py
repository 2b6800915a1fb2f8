"""An anchor shows others another past than before: followers catch it, keep the proof and believe none of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.faults.support import until
from tests.support import ROOT
from twincity.engines.circle import facade as circle_facade
from twincity.engines.ledger.facade import Policy
from twincity.engines.ledger.log.evidence import Evidence
from twincity.kernel.locale_text import LocalText
from twincity.kernel.notes import Algorithm, VerifierKey
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, Circle, LiveNode, Spec, live_circle
from twincity.node.testkit.live import make_home

pytestmark = pytest.mark.slow
LIANGPING = Spec("lp", "liangping.cq.twincity.example", LocalText("梁平区", "Liangping"), "500155", "cq")
SHAM = Spec("sham", "", LocalText("假冒区", "Sham"), "500156", "cq")


def members(node: LiveNode) -> dict[str, dict]:
    """What a node knows of each member."""
    return {each["id"]: each for each in node.operate("circle.status")["members"]}


def admit(folder: Path, anchor: LiveNode, spec: Spec) -> None:
    """Have an anchor admit a member that needs no running node."""
    home = make_home(folder, spec, apps=["probe"])
    card = json.loads(msgspec.json.encode(circle_facade.card(home)))
    anchor.operate("circle.admit", {"card": card})


def fork(folder: Path, circle: Circle, sham: int) -> None:
    """重庆 publishes a member, then starts again from an older copy of its logs and publishes others instead."""
    anchor, copy = circle["cq"], folder / "older"
    anchor.stop()
    shutil.copytree(anchor.home.path / "logs", copy)
    anchor.start()
    admit(folder, anchor, LIANGPING)
    for name in ("sc", "dj"):
        until("the new member to be known", lambda n=name: LIANGPING.id in members(circle[n]))
    anchor.stop()
    shutil.rmtree(anchor.home.path / "logs")
    shutil.copytree(copy, anchor.home.path / "logs")
    anchor.start()
    for number in range(sham):
        admit(folder, anchor, replace(SHAM, name=f"sham{number}", id=f"sham{number}.{CHONGQING.id}"))


@pytest.mark.parametrize("longer", [False, True], ids=["as-long", "longer"])
def test_a_forked_log_is_caught_kept_and_not_believed(tmp_path: Path, figures, longer) -> None:
    with live_circle(tmp_path, [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as circle:
        fork(tmp_path, circle, 2 if longer else 1)
        for name in ("sc", "dj"):
            node = circle[name]
            found = until("the fork to be caught", lambda n=node: caught(n), 20.0)
            assert "does not continue" in found["error"]
            assert LIANGPING.id in members(node)
            assert not any(known.startswith("sham") for known in members(node))
            convicts(node, circle["cq"], tmp_path / f"{name}.policy")
        assert members(circle["sc"])[SICHUAN.id]["keys"]
    figures(caught_by="another anchor and an own member", verifier="FORK")


def caught(node: LiveNode) -> dict | None:
    """What a node shows of 重庆, once it holds the proof."""
    proof = node.home.path / "mirrors" / CHONGQING.id / "evidence.json"
    shown = members(node)[CHONGQING.id]
    return shown if proof.exists() and shown["error"] else None


def convicts(node: LiveNode, anchor: LiveNode, policy: Path) -> None:
    """The proof kept by a node convinces a stranger who knows the anchor's key."""
    proof = node.home.path / "mirrors" / CHONGQING.id / "evidence.json"
    key = VerifierKey(f"{CHONGQING.id}/public", Algorithm.ED25519, anchor.home.key("log").public.raw)
    Evidence.parse(proof.read_bytes()).verify((key,))
    policy.write_text(Policy(logs=(key,)).render(), "utf-8")
    command = [sys.executable, "-m", "twincity.engines.ledger.verifier", str(proof), "--policy", str(policy)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "FORK" in said
