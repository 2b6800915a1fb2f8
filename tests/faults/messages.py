"""Asynchronous messages that are handed in while nodes die, and what must have become of them at the end."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from tests.faults.lives import Life
from tests.faults.support import PURPOSE
from twincity.kernel.http.client import Client, ClientLimits
from twincity.kernel.http.errors import TransportError
from twincity.node.testkit import LiveNode

LANES = 4
PAUSE = 0.05
PATIENCE = 180.0


class Stream:
    """Hands in numbered notes, a task for each lane, the next when the last one was told 202 or failed."""

    def __init__(self, sender: LiveNode, receiver: str, token: str, prefix: str = "lane-") -> None:
        self._prefix = prefix
        self.told: dict[str, list[int]] = {}
        """Numbers that were told 202, by lane."""
        self.found: dict[str, list[int]] = {}
        """Numbers that took effect, once asked for."""
        self._url = f"{sender.address}/call/{receiver}/probe/notes"
        self._headers = [
            (b"authorization", b"Bearer " + token.encode()),
            (b"tc-purpose", PURPOSE.encode()),
            (b"prefer", b"respond-async"),
            (b"content-type", b"application/json"),
        ]
        self._client = Client(ClientLimits(connections=64))
        self._tasks: list[asyncio.Task[None]] = []
        self._pace = 0.0

    def begin(self, lanes: int = LANES, pace: float = 0.002) -> None:
        """Start a task for each lane."""
        self._pace = pace
        self._tasks = [asyncio.create_task(self._lane(f"{self._prefix}{number}")) for number in range(lanes)]

    async def end(self) -> None:
        """Stop handing in."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def fill(self, count: int, lanes: int) -> None:
        """Hand in so many messages in each of the lanes, without a pause."""
        await asyncio.gather(*(self._fill(f"{self._prefix}{number}", count) for number in range(lanes)))

    async def _fill(self, lane: str, count: int) -> None:
        for number in range(count):
            end = time.monotonic() + PATIENCE
            while not await self._hand_in(lane, number):  # a node short of CPU turns callers away for a while
                assert time.monotonic() < end, lane
                await asyncio.sleep(PAUSE)

    async def _lane(self, lane: str) -> None:
        number = 0
        while True:
            try:
                told = await self._hand_in(lane, number)
            except TransportError:
                told = False
            number += 1  # never the same again: whether a lost one was kept nobody has promised
            await asyncio.sleep(self._pace if told else PAUSE)

    async def _hand_in(self, lane: str, number: int) -> bool:
        body = json.dumps({"text": f"{lane} {number}"}).encode()
        response = await self._client.request(
            "POST", self._url, [*self._headers, (b"tc-lane", lane.encode())], body, timeout=20, max_body=100_000
        )
        if response.status == 202:
            self.told.setdefault(lane, []).append(number)
        return response.status == 202


def effects(receiver: LiveNode) -> dict[str, list[int]]:
    """Numbers of the notes in the order in which they took effect, by lane."""
    found: dict[str, list[int]] = {}
    after = 0
    while rows := receiver.operate("probe.notes", {"after": after}):
        for row in rows:
            lane, _, number = row["text"].partition(" ")
            found.setdefault(lane, []).append(int(number))
        after = rows[-1]["number"]
    return found


def judge(told: dict[str, list[int]], found: dict[str, list[int]]) -> dict[str, int]:
    """How many messages were told 202, lost, doubled, and out of order."""
    lost = sum(len(set(numbers) - set(found.get(lane, ()))) for lane, numbers in told.items())
    doubled = sum(count - 1 for numbers in found.values() for count in Counter(numbers).values())
    disorder = sum(a >= b for numbers in found.values() for a, b in pairwise(numbers))
    return {"told": sum(map(len, told.values())), "lost": lost, "doubled": doubled, "disordered": disorder}


def standing(node: LiveNode) -> dict[str, Any]:
    """Where a node's messages stand, over all partners."""
    total: Counter[str] = Counter()
    for row in node.operate("exchange.delivery"):
        total.update({name: value for name, value in row.items() if isinstance(value, int)})
    return total


def drained(sender: LiveNode, receiver: LiveNode) -> bool:
    """Whether nothing is on its way any more, in either direction."""
    ours, theirs = standing(sender), standing(receiver)
    return not (ours["out_queued"] or ours["out_taken"] or theirs["in_taken"] or theirs["out_queued"])


def wait_drained(sender: LiveNode, receiver: LiveNode, every: float = 0.2) -> None:
    """Wait until nothing is on its way; fails when it takes too long."""
    end = time.monotonic() + PATIENCE
    while not drained(sender, receiver):
        assert time.monotonic() < end, (standing(sender), standing(receiver))
        time.sleep(every)


async def kills(lives: Mapping[str, Life], count: int, seed: int, span: float = 0.15) -> int:
    """Kill and revive the nodes at random moments until so many kills are done; how many were cut short in birth."""
    rng, done, short = random.Random(seed), 0, 0
    while done < count:
        name = rng.choice(sorted(lives))
        await asyncio.sleep(rng.uniform(0, span))
        await lives[name].kill()
        done += 1
        await lives[name].begin()
        if rng.random() < 0.15:
            await asyncio.sleep(rng.uniform(0, 0.1))
            await lives[name].kill()
            done, short = done + 1, short + 1
            await lives[name].begin()
        await lives[name].ready()
    return short
