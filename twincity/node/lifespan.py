"""Start and stop of a node's parts, in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.engines.ledger import facade as ledger
from twincity.kernel.home import Home
from twincity.kernel.http.client import Client, ClientLimits
from twincity.kernel.http.server import Listener, serve
from twincity.kernel.jobs import run_jobs
from twincity.node.edge import Edge
from twincity.node.wsgi import application

CONNECTIONS = 64
"""Connections to one other node."""


@contextmanager
def opened(home: Home) -> Iterator[None]:
    """The node's logs and circle, opened in this process while the node itself is down."""
    ledger.open_ledger(home, circle.log_keys)
    try:
        circle.open_circle(home, Client())
        yield
    finally:
        ledger.close_ledger()


class Node:
    """A running node."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.client = Client(ClientLimits(connections=CONNECTIONS))
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._listener: Listener | None = None

    async def start(self) -> int:
        """Open the ledger, join the circle if there is one, begin jobs, take requests; the port."""
        await asyncio.to_thread(self._open)
        host, _, port = self.home.config.listen.rpartition(":")
        self._listener = await serve(Edge(self.home, application), host, int(port))
        if circle.is_open():
            self._tasks.append(asyncio.create_task(circle.follow(self._stop)))
            self._tasks.append(asyncio.create_task(exchange.deliver(self._stop)))
        self._tasks.append(asyncio.create_task(run_jobs(self._stop, None)))
        return self._listener.port

    def _open(self) -> None:
        ledger.open_ledger(self.home, circle.log_keys)
        if circle.open_circle(self.home, self.client):
            exchange.start(self.home.config, self.client)

    async def stop(self) -> None:
        """Take no more requests, finish those under way, publish and close the ledger."""
        self._stop.set()
        if self._listener is not None:
            for name in ledger.NAMES:
                ledger.bell(name).ring()
            await self._listener.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.aclose()
        exchange.stop()
        await asyncio.to_thread(ledger.close_ledger)
