"""Ten times as many callers as give the best goodput: it stays, and those for whom there is no room are told so.

Goodput is answers 200 a second through ``/call/``, that is through both nodes' gates. Windows with the many and with
the few take turns, since other work on the machine comes and goes; each window with the many is compared with the mean
of the two around it, and the median of these ratios counts.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.support import grant, memory, pid, system_token
from tests.support import ROOT
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, live_circle

pytestmark = pytest.mark.slow
FEW = 48
"""Callers that keep both nodes busy without being refused; more bring no more."""
ROUNDS = 5
SECONDS = 3.0
KEPT = 0.9
"""Least share of the goodput that must remain."""
GROWTH = 40.0
"""MB that a node may grow by: nonces of the last two minutes, at some thousand calls a second."""


def windows(circle: Circle, token: str, sizes: list[int]) -> list[dict]:
    """What a crowd heard, window by window."""
    url = f"{circle['cq'].address}/call/{SICHUAN.id}/probe/echo?text=drill"
    command = [sys.executable, "-m", "tests.faults.crowd", url, token, ",".join(map(str, sizes)), str(SECONDS)]
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert told.returncode == 0, told.stderr[-2000:]
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_ten_times_the_callers_leave_the_goodput(tmp_path: Path, figures) -> None:
    with live_circle(tmp_path, [CHONGQING, SICHUAN], apps=["probe"]) as circle:
        grant(circle["sc"], CHONGQING.id)
        token = system_token(circle["cq"])
        windows(circle, token, [FEW])
        before = {name: memory(pid(node)) for name, node in circle.items()}
        found = windows(circle, token, [FEW, 10 * FEW] * ROUNDS + [FEW])
        grown = max(memory(pid(node)) - before[name] for name, node in circle.items())
    few, many = found[::2], found[1::2]
    around = [(one["goodput"] + other["goodput"]) / 2 for one, other in pairwise(few)]
    ratio = statistics.median(window["goodput"] / mean for window, mean in zip(many, around, strict=True))
    shed = {name for window in many for name in window["shed"]}
    assert shed <= {"503 overloaded", "429 rate-exceeded", "503 too-late"}
    assert sum(window["untold"] for window in found) == 0
    assert sum(sum(window["shed"].values()) for window in many) > 0
    assert {name for window in found for name in window["urgent"]} == {"200"}
    assert grown <= GROWTH
    figures(
        goodput_few=f"{statistics.median(window['goodput'] for window in few):.0f}/s",
        goodput_many=f"{statistics.median(window['goodput'] for window in many):.0f}/s",
        ratio=f"{ratio:.2f}",
        shed=sum(sum(window["shed"].values()) for window in many),
        shed_heard_after=f"{statistics.median(window['shed_ms'] for window in many if window['shed_ms']):.1f} ms",
        urgent=sum(sum(window["urgent"].values()) for window in many),
        grown=f"{grown:.1f} MB",
    )
    assert ratio >= KEPT
