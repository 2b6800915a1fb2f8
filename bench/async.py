# ruff: noqa: N999  named as the benchmark is, and imported by name only
"""Messages that waited for a partner and are drained when it returns; then the same under a thousand kills.

A message counts when its effect stands in the receiver's database and its result has come back; each is signed by its
sender, acknowledged under the receiver's signature and recorded in both ledgers, as a call would be. The figure to beat
is 500 messages a second, with both nodes on the same two cores.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench.report import Report, progress
from tests.faults import messages
from tests.faults.lives import Forked
from tests.faults.support import grant, system_token
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, live_circle

TARGET = 500
LANES = 32
"""In which messages wait, each in its own order."""


def run(*, quick: bool) -> Report:
    """Measure handing in, draining after a partition, and what kills leave."""
    count, kills = (1_280, 8) if quick else (32_000, 1_000)
    with (
        tempfile.TemporaryDirectory() as folder,
        live_circle(Path(folder), [CHONGQING, SICHUAN], apps=["probe"]) as circle,
    ):
        grant(circle["sc"], CHONGQING.id, methods=("GET", "POST"))
        token = system_token(circle["cq"])
        handed_in, drained = partition(circle, token, count)
        under_kills = asyncio.run(killed(circle, token, kills))
    figures: dict[str, object] = {
        "drained_per_s": round(drained),
        "handed_in_per_s": round(handed_in),
        "messages": count,
        "kills": kills,
        **under_kills,
    }
    if under_kills["lost"] or under_kills["doubled"] or under_kills["disordered"]:
        raise SystemExit(f"messages were lost, doubled or disordered: {under_kills}")
    return Report("async", figures, {"name": "target", "figures": {"drained_per_s": TARGET}}, drained / TARGET)


def partition(circle: Circle, token: str, count: int) -> tuple[float, float]:
    """Messages a second handed in while the receiver is gone, and drained once it is back; all checked."""
    cq, sc = circle["cq"], circle["sc"]
    sc.kill()
    stream = messages.Stream(cq, SICHUAN.id, token)
    started = time.perf_counter()
    asyncio.run(_fill(stream, count))
    handed_in = count / (time.perf_counter() - started)
    progress(f"handed in: {handed_in:.0f} messages/s, each on disk before 202")
    sc.start()
    started = time.perf_counter()
    messages.wait_drained(cq, sc, every=0.25)
    drained = count / (time.perf_counter() - started)
    found = messages.judge(stream.told, messages.effects(sc))
    progress(f"drained: {drained:.0f} messages/s with effect and result; {found}")
    if found != {"told": count, "lost": 0, "doubled": 0, "disordered": 0}:
        raise SystemExit(f"not every message took effect once and in order: {found}")
    return handed_in, drained


async def _fill(stream: messages.Stream, count: int) -> None:
    await stream.fill(count // LANES, LANES)
    await stream.end()


async def killed(circle: Circle, token: str, kills: int) -> dict[str, int]:
    """What becomes of messages while both nodes are killed again and again."""
    circle.stop()
    lives = {name: Forked(circle[name]) for name in circle}
    await asyncio.gather(*(life.open() for life in lives.values()))
    stream = messages.Stream(circle["cq"], SICHUAN.id, token, "killed-")
    try:
        await asyncio.gather(*(life.begin() for life in lives.values()))
        await asyncio.gather(*(life.ready() for life in lives.values()))
        stream.begin()
        await messages.kills(lives, kills, seed=22)
        await stream.end()
        await asyncio.to_thread(messages.wait_drained, circle["cq"], circle["sc"])
        found = await asyncio.to_thread(messages.effects, circle["sc"])
    finally:
        await asyncio.gather(*(life.close() for life in lives.values()))
    judged = messages.judge(stream.told, {lane: found[lane] for lane in found if lane.startswith("killed-")})
    progress(f"{kills} kills: {judged}")
    return judged
