"""Nodes are killed at any moment, under load, and keep every exchange that was acknowledged.

What is real: both nodes are complete, with logs flushed to disk, doors, pages and jobs. In the first drill each life
is a fork of a process that has imports and migrations behind it, so that 200 lives fit into a minute; in the second
each life is ``twincity run`` from nothing. Two kinds of callers: local systems through the consumer's node, and one
that signs itself and so sees the provider's own signatures.
"""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.ledgers import Watcher
from tests.faults.lives import Forked, Life, Whole
from tests.faults.load import Acknowledged, Load
from tests.faults.support import grant, system_token
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, live_circle

pytestmark = pytest.mark.slow
KILLS = 200
KILLS_OF_WHOLE = 20


@contextmanager
def at_rest(folder: Path) -> Iterator[tuple[Circle, str]]:
    """A circle in which 重庆 may call 四川's probe, both nodes stopped; and a local system's token."""
    with live_circle(folder, [CHONGQING, SICHUAN], apps=["probe"]) as circle:
        grant(circle["sc"], CHONGQING.id)
        token = system_token(circle["cq"])
        circle.stop()
        yield circle, token


class Drill:
    """Lives, load and watchers of the two nodes: ``cq`` consumes, ``sc`` provides."""

    def __init__(self, folder: Path, circle: Circle, token: str, lives: Mapping[str, Life], seed: int) -> None:
        self.rng = random.Random(seed)
        self.lives = lives
        self.load = Load(circle["cq"], circle["sc"], token)
        self.watchers = {name: Watcher(circle[name], folder / f"copy-{name}") for name in lives}
        self.rounds = self.kills = self.births_cut_short = self.again_new = self.again_known = 0
        self.pending: list[Acknowledged] = []
        self.confirmed = 0

    async def begin(self) -> None:
        await asyncio.gather(*(life.begin() for life in self.lives.values()))
        await asyncio.gather(*(life.ready() for life in self.lives.values()))
        self.load.begin(local=8, direct=4)

    async def round(self, names: list[str], span: float) -> None:
        """Kill nodes, each at its own moment within ``span`` seconds; look at what is left; bring them back."""
        self.rounds += 1
        await asyncio.gather(*(self._kill(name, span) for name in names))
        captured = list(self.load.captured)
        self.check(names)
        await asyncio.gather(*(self._revive(name) for name in names))
        new, known = await self.load.resend(captured)
        self.again_new, self.again_known = self.again_new + new, self.again_known + known

    async def _kill(self, name: str, span: float) -> None:
        await asyncio.sleep(self.rng.uniform(0, span))
        await self.lives[name].kill()
        self.kills += 1

    async def _revive(self, name: str) -> None:
        life = self.lives[name]
        await life.begin()
        if self.rng.random() < 0.15:  # killed again while it takes up what the last crash has left
            await asyncio.sleep(self.rng.uniform(0, 0.05))
            await life.kill()
            self.kills, self.births_cut_short = self.kills + 1, self.births_cut_short + 1
            await life.begin()
        await life.ready()

    def check(self, names: list[str]) -> None:
        """Hold the dead nodes' files to all that was acknowledged, as far as their last checkpoint covers it."""
        for name in names:
            self.watchers[name].catch_up()
        self.pending += self.load.acknowledged
        self.load.acknowledged = []
        self.pending = [each for each in self.pending if not self._holds(each)]

    def _holds(self, told: Acknowledged) -> bool:
        """Whether both ledgers hold it; False when one of them cannot tell yet."""
        theirs, ours = self.watchers["sc"], self.watchers["cq"]
        if told.index >= theirs.mirror.size or (told.own_index or 0) >= ours.mirror.size:
            return False
        index, record = theirs.exchanges["provider", told.id]
        assert (index, record.outcome) == (told.index, "ok")
        if told.own_index is None:
            assert base64.b64decode(record.res.sig) == told.signature
        else:
            own_index, own = ours.exchanges["consumer", told.id]
            assert (own_index, own.outcome) == (told.own_index, "ok")
            assert (own.req, own.res) == (record.req, record.res)
        self.confirmed += 1
        return True

    async def end(self) -> dict[str, object]:
        """Stop load and nodes, check all of it; the figures."""
        await self.load.end()
        for name, life in self.lives.items():
            await life.kill()
            await life.begin()
            await life.ready()  # publishes what the last life had not
            await life.kill()
            self.watchers[name].catch_up()
            assert self.watchers[name].verify_whole() == self.watchers[name].mirror.size
        self.check([])
        assert self.pending == []
        outcomes = [record.outcome for _, record in self.watchers["cq"].exchanges.values()]
        return {
            "kills": self.kills,
            "while starting": self.births_cut_short,
            "acknowledged and kept": self.confirmed,
            "recorded as unanswered": outcomes.count("unanswered"),
            "retried": f"{self.again_new} new, {self.again_known} known",
        }


def test_nodes_killed_at_200_moments_keep_all_they_acknowledged(tmp_path: Path, figures) -> None:
    async def drill(circle: Circle, token: str) -> dict[str, object]:
        lives = {name: Forked(circle[name]) for name in circle}
        await asyncio.gather(*(life.open() for life in lives.values()))
        try:
            drill = Drill(tmp_path, circle, token, lives, seed=11)
            await drill.begin()
            while drill.kills < KILLS:
                await drill.round(["sc", "cq"] if drill.rounds % 5 == 0 else ["sc"], 0.15)
            return await drill.end()
        finally:
            await asyncio.gather(*(life.close() for life in lives.values()))

    with at_rest(tmp_path) as (circle, token):
        found = asyncio.run(drill(circle, token))
    assert found["acknowledged and kept"] > 1000
    figures(**found)


def test_nodes_started_from_nothing_and_killed_at_20_moments_do_too(tmp_path: Path, figures) -> None:
    async def drill(circle: Circle, token: str) -> dict[str, object]:
        drill = Drill(tmp_path, circle, token, {name: Whole(circle[name]) for name in circle}, seed=12)
        await drill.begin()
        while drill.kills < KILLS_OF_WHOLE:
            await drill.round(["sc", "cq"] if drill.rounds % 4 == 0 else ["sc"], 0.4)
        return await drill.end()

    with at_rest(tmp_path) as (circle, token):
        found = asyncio.run(drill(circle, token))
    assert found["acknowledged and kept"] > 500
    figures(**found)
