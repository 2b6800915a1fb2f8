"""Callers in a process of their own: ``python -m tests.faults.crowd URL TOKEN CONNECTIONS,… SECONDS``.

For each number of connections in turn: that many callers, each sending its next request when the last was answered,
and after a refusal only when the time that ``Retry-After`` names has passed. A second to get going, then the window in
which answers are counted. Besides, ten emergency calls a second. Writes one JSON line for each window.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import uvloop

from tests.faults.support import PURPOSE, code
from twincity.kernel.http.client import Client, ClientLimits

SETTLE = 1.0
URGENT_EVERY = 0.1


@dataclass
class Window:
    """What came back while counting."""

    done: int = 0
    shed: Counter[str] = field(default_factory=Counter)
    """Refusals by status and code."""
    waits: list[float] = field(default_factory=list)
    """Milliseconds until a refusal was heard."""
    untold: int = 0
    """Refusals that did not say when to come back."""
    urgent: Counter[str] = field(default_factory=Counter)
    """Emergency calls by status and code."""


class Crowd:
    """Callers of one address."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = [(b"authorization", f"Bearer {token}".encode()), (b"tc-purpose", PURPOSE.encode())]
        self.window = Window()

    async def gather(self, connections: int, seconds: float) -> Window:
        """One window."""
        client = Client(ClientLimits(connections=connections + 8))
        tasks = [asyncio.create_task(self._caller(client)) for _ in range(connections)]
        tasks.append(asyncio.create_task(self._urgent(client)))
        await asyncio.sleep(SETTLE)
        counted = self.window = Window()
        await asyncio.sleep(seconds)
        self.window = Window()
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if not isinstance(outcome, asyncio.CancelledError):
                raise outcome
        await client.aclose()
        return counted

    async def _caller(self, client: Client) -> None:
        while True:
            started = time.perf_counter()
            response = await client.request("GET", self._url, self._headers, timeout=30, max_body=100_000)
            if response.status == 200:
                self.window.done += 1
                continue
            self.window.shed[f"{response.status} {code(response.body)}"] += 1
            self.window.waits.append((time.perf_counter() - started) * 1000)
            wait = response.header(b"retry-after") or b""
            self.window.untold += not wait.isdigit()
            await asyncio.sleep(int(wait or b"1"))

    async def _urgent(self, client: Client) -> None:
        headers = [*self._headers, (b"tc-priority", b"emergency")]
        while True:
            response = await client.request("GET", self._url, headers, timeout=30, max_body=100_000)
            self.window.urgent[f"{response.status} {code(response.body)}".strip()] += 1
            await asyncio.sleep(URGENT_EVERY)


async def main(url: str, token: str, sizes: list[int], seconds: float) -> None:
    crowd = Crowd(url, token)
    for connections in sizes:
        window = await crowd.gather(connections, seconds)
        told = {
            "connections": connections,
            "goodput": window.done / seconds,
            "shed": window.shed,
            "shed_ms": statistics.median(window.waits) if window.waits else None,
            "untold": window.untold,
            "urgent": window.urgent,
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    url_, token_, sizes_, seconds_ = sys.argv[1:]
    uvloop.run(main(url_, token_, [int(each) for each in sizes_.split(",")], float(seconds_)))
