"""Contracts in the Dataspace Protocol between two live members: a negotiation to FINALIZED, and a pull to its data.

The limit, measured in the same run: as many signed round trips of the same size on the same two nodes, with records but
without a state machine (four for a negotiation). The peer: 7 s, the end-to-end pull test of Eclipse's own connector
after its tuning (eclipse-edc/Connector#2220). Times are the consumer's own, from its table of messages.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.node import idle_cpu
from bench.report import Report, progress
from twincity.kernel import clock
from twincity.node.testkit import CHONGQING, SICHUAN, LiveNode, live_circle

TARGET_MS = 50
EDC_PULL_S = 7.0
PATIENCE = 300.0
ROUNDS = 4
"""Messages of a negotiation that is agreed at once."""


def run(*, quick: bool) -> Report:
    """Measure two members of a live circle."""
    with (
        tempfile.TemporaryDirectory() as folder,
        live_circle(Path(folder), [CHONGQING, SICHUAN], apps=("probe", "dataspace")) as circle,
    ):
        consumer, provider = circle["cq"], circle["sc"]
        agreed = terms()
        offered = provider.operate("dataspace.offer", {"terms": agreed, "answer": "auto"}) | {"terms": agreed}
        single = sorted(negotiate(consumer, offered, 1)[0] for _ in range(20 if quick else 200))
        p50, p99 = statistics.median(single), single[int(len(single) * 0.99)]
        progress(f"one at a time: p50 {p50:.1f} ms, p99 {p99:.1f} ms of {len(single)}")
        agreement = consumer.operate("dataspace.negotiations", {"state": "finalized"})[0]["agreement"]
        pulls = sorted(pull(consumer, agreement) for _ in range(10 if quick else 50))
        pull_ms = statistics.median(pulls)
        progress(f"pull: {pull_ms:.1f} ms of {len(pulls)}")
        limit = round_trips(consumer, 40 if quick else 200) * ROUNDS
        progress(f"{ROUNDS} signed round trips: {limit:.1f} ms")
        crowd = 100 if quick else 1000
        started = time.perf_counter()
        together = negotiate(consumer, offered, crowd)
        seconds = time.perf_counter() - started
        progress(f"{crowd} at once: all final after {seconds:.1f} s")
        idle = idle_cpu(provider, 10 if quick else 30)
        progress(f"idle with {crowd + len(single)} finished: {idle:.2f} % of a core")
    figures: dict[str, object] = {
        "p50_ms": round(p50, 1),
        "p99_ms": round(p99, 1),
        "pull_p50_ms": round(pull_ms, 1),
        "concurrent": crowd,
        "concurrent_per_s": round(crowd / seconds, 1),
        "concurrent_last_ms": round(max(together), 1),
        "idle_cpu_percent": round(idle, 2),
    }
    limits: dict[str, object] = {
        "target_p50_ms": TARGET_MS,
        "signed_round_trips_ms": round(limit, 1),
        "edc_pull_s_published": EDC_PULL_S,
    }
    return Report("negotiation", figures, {"name": "target; round trips; EDC", "figures": limits}, TARGET_MS / p50)


def terms() -> dict[str, Any]:
    reason = {"zh-Hans": "测量", "en": "measurement"}
    return {"service": "probe", "purpose": "planning", "reason": reason, "not_after": clock.unix() + 864_000}


def negotiate(consumer: LiveNode, offered: dict[str, Any], count: int) -> list[float]:
    """Begin so many negotiations and wait until all are final; milliseconds of each, by the consumer's clock."""
    given = {"peer": SICHUAN.id, "dataset": offered["dataset"], "offer": offered["id"], "terms": offered["terms"]}
    made = [consumer.operate("dataspace.negotiate", given)["id"] for _ in range(count)]
    until, times = time.monotonic() + PATIENCE, []
    for each in made:
        while (found := consumer.operate("dataspace.show", {"id": each}))["state"] != "FINALIZED":
            if time.monotonic() > until:
                raise TimeoutError(found)
            time.sleep(0.02)
        times.append(found["millis"])
    return times


def pull(consumer: LiveNode, agreement: str) -> float:
    """Milliseconds from the wish for a transfer to its data, asked for in one operation after another."""
    started = time.perf_counter()
    made = consumer.operate("dataspace.transfer", {"peer": SICHUAN.id, "agreement": agreement})["id"]
    while consumer.operate("dataspace.show", {"id": made})["state"] != "STARTED":
        time.sleep(0.002)
    got = consumer.operate("dataspace.fetch", {"id": made, "path": "/echo?text=x"})
    if got["status"] != 200:
        raise RuntimeError(got)
    return (time.perf_counter() - started) * 1000


def round_trips(consumer: LiveNode, count: int) -> float:
    """Milliseconds of one signed and recorded call, made in the node itself."""
    call = {"provider": SICHUAN.id, "service": "probe", "path": "/echo", "purpose": "planning", "query": "text=x"}
    times = []
    for _ in range(count):
        started = time.perf_counter()
        consumer.operate("exchange.call", call)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)
