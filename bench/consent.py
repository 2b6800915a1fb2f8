"""From a citizen's withdrawal to refusal at every party, against the promise of five seconds.

Home in 四川, data in 重庆, used by 垫江. Each trial gives a consent, sees a call succeed under it, withdraws it on the
citizen's page, and asks provider and recipient in turn, as often as they answer, until both refuse. The time runs from
before the page's form is sent.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.report import Report, progress
from tests.federation import consenting
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, Circle, LiveNode, live_circle
from twincity.node.testkit.visitor import Visitor

PROMISE = 5.0
"""Seconds."""


def run(*, quick: bool) -> Report:
    """Measure the time until a withdrawal is effective everywhere."""
    trials = 50 if quick else 200
    with (
        tempfile.TemporaryDirectory() as folder,
        live_circle(Path(folder), [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as circle,
    ):
        consenting.prepare(circle)
        citizen = consenting.citizen(circle, "zhang")
        seconds = []
        for number in range(trials):
            seconds.append(trial(circle, citizen))
            if number % 10 == 9:
                progress(f"{number + 1}: median {statistics.median(seconds) * 1000:.0f} ms")
    seconds.sort()
    slowest = seconds[-1]
    figures: dict[str, object] = {
        "trials": trials,
        "p50_ms": round(statistics.median(seconds) * 1000),
        "p95_ms": round(seconds[int(0.95 * (trials - 1))] * 1000),
        "max_ms": round(slowest * 1000),
    }
    peer: dict[str, object] = {"name": "the promise", "figures": {"max_ms": PROMISE * 1000}}
    return Report("consent", figures, peer, PROMISE / slowest)


def trial(circle: Circle, citizen: Visitor) -> float:
    """Seconds from the withdrawal to refusal at both."""
    consent = consenting.give(circle, citizen)
    consenting.until(lambda: consenting.use(circle, consent)["outcome"] == "ok")
    started = time.perf_counter()
    consenting.withdraw(citizen, consent)
    for name in ("cq", "dj"):
        consenting.until(partial(refuses, circle[name], consent))
    return time.perf_counter() - started


def refuses(node: LiveNode, consent: str) -> bool:
    """Whether a node knows that the consent does not stand."""
    return consenting.known(node, consent) == "withdrawn"
