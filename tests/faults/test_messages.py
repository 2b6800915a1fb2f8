"""Both ends are killed while messages flow: none that was told 202 is lost, none takes effect twice, order holds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults import messages
from tests.faults.lives import Forked
from tests.faults.support import grant, system_token
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, live_circle

pytestmark = pytest.mark.slow
KILLS = 24


def test_messages_survive_kills_of_both_ends(tmp_path: Path, figures) -> None:
    async def drill(circle: Circle, token: str) -> tuple[messages.Stream, int]:
        lives = {name: Forked(circle[name]) for name in circle}
        await asyncio.gather(*(life.open() for life in lives.values()))
        stream = messages.Stream(circle["cq"], SICHUAN.id, token)
        try:
            await asyncio.gather(*(life.begin() for life in lives.values()))
            await asyncio.gather(*(life.ready() for life in lives.values()))
            stream.begin()
            short = await messages.kills(lives, KILLS, seed=21)
            await stream.end()
            await asyncio.to_thread(messages.wait_drained, circle["cq"], circle["sc"])
            stream.found = await asyncio.to_thread(messages.effects, circle["sc"])
        finally:
            await asyncio.gather(*(life.close() for life in lives.values()))
        return stream, short

    with live_circle(tmp_path, [CHONGQING, SICHUAN], apps=["probe"]) as circle:
        grant(circle["sc"], CHONGQING.id, methods=("GET", "POST"))
        token = system_token(circle["cq"])
        circle.stop()
        stream, short = asyncio.run(drill(circle, token))
    found = messages.judge(stream.told, stream.found)
    assert (found["lost"], found["doubled"], found["disordered"]) == (0, 0, 0)
    assert found["told"] > 100
    figures(kills=KILLS, while_starting=short, **found)
