"""Asynchronous delivery in one running node: what comes in and goes out, woken by events and never by a clock alone."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.delivery.courier import Item
from twincity.engines.exchange.delivery.envelope import Ack, seal
from twincity.engines.exchange.services import intake, outbox
from twincity.engines.exchange.services.effects import Effects, Round
from twincity.engines.exchange.services.sending import Sender
from twincity.engines.exchange.services.store import Store
from twincity.engines.exchange.wire import metrics
from twincity.engines.exchange.wire.consumer import Outbound
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel import clock
from twincity.kernel.limits import Priority
from twincity.kernel.problems import UNAVAILABLE, Problem

BACKLOG = 200_000
"""Messages that may wait for one member before further ones are refused."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a message is to be delivered."""

    priority: Priority = Priority.INTERACTIVE
    key: str = "default"
    ttl: int = lanes.TTL


class Delivery:
    """The outbox and inbox of this process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._ready = asyncio.Event()
        self._lock = threading.Lock()
        self._senders: dict[str, Sender] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waiters: dict[str, list[asyncio.Future[None]]] = {}
        self.backlog: dict[str, int] = {}
        """Messages that wait, by member."""
        self.store: Store
        self.effects: Effects

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until stopped, beginning with what earlier runs have left."""
        self._loop = asyncio.get_running_loop()
        self.store = Store()
        self._numbers = lanes.Numbers(await self.store.do(outbox.highest))
        self.backlog = await self.store.do(outbox.backlog)
        self.effects = Effects(self._runtime, self.number, self._told)
        self.effects.start()
        self._ready.set()
        self._runtime.heard = self.kick
        circle.on_reached(self.kick)
        for member in self.backlog:
            self.sender(member).wake()
        await stop.wait()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await asyncio.to_thread(self.effects.close)
        await asyncio.to_thread(self.store.close)

    async def ready(self) -> None:
        """Wait until what earlier runs have left is known.

        Raises:
            Problem: ``unavailable``.
        """
        try:
            await asyncio.wait_for(self._ready.wait(), 5)
        except TimeoutError as error:
            raise Problem(UNAVAILABLE, retry_after=1, reason="delivery has not begun") from error

    async def enqueue(self, outbound: Outbound, wish: Wish) -> None:
        """Keep a message that is to be delivered; it is on disk when this returns.

        Raises:
            Problem: ``backlog-full``, ``unknown-member``, ``invalid`` or ``bad-request``.
        """
        await self.ready()
        member = outbound.provider
        count = self.backlog.get(member, 0)
        if count >= BACKLOG:
            raise Problem(lanes.BACKLOG, field="provider", retry_after=30, member=member, count=count)
        lane = lanes.lane_name(wish.priority, wish.key)
        sealed = seal(outbound, lane=lane, number=self.number(), ttl=wish.ttl)
        add = partial(outbox.add, outbound=outbound, sealed=sealed, priority=wish.priority)
        self._count(member, 1)
        try:
            await self.store.do(add)
        except Problem:
            self._count(member, -1)
            raise
        self.sender(member).wake()

    async def take_in(self, sender: str, items: list[Item]) -> list[Ack]:
        """Take in what a member has sent, and have it handled."""
        await self.ready()
        acks = await intake.take_in(self._runtime, self.store, sender, items)
        self.effects.wake()
        return acks

    def number(self) -> int:
        """A number for a message; from any thread."""
        with self._lock:
            return self._numbers.next(clock.millis())

    def queued(self, member: str) -> None:
        """A message to a member was queued from a thread."""
        self._loop.call_soon_threadsafe(self._after, Round(replies=Counter([member])))

    def kick(self, member: str) -> None:
        """A member was heard: what waits for it may go now."""
        found = self._senders.get(member)
        if found is not None and self.backlog.get(member):
            found.wake()

    def sender(self, member: str) -> Sender:
        """The one that delivers to a member."""
        found = self._senders.get(member)
        if found is None:
            found = self._senders[member] = Sender(
                self._runtime, self.store, member, lambda count: self._count(member, -count)
            )
            self._tasks[member] = asyncio.create_task(found.run(), name=f"deliver to {member}")
        return found

    async def result(self, message: str, seconds: float) -> None:
        """Wait until the result of a message comes, or the time is over."""
        future = self._loop.create_future()
        self._waiters.setdefault(message, []).append(future)
        try:
            await asyncio.wait_for(future, seconds)
        except TimeoutError:
            return
        finally:
            waiters = self._waiters.get(message, [])
            if future in waiters:
                waiters.remove(future)
            if not waiters:
                self._waiters.pop(message, None)

    def _told(self, done: Round) -> None:
        self._loop.call_soon_threadsafe(self._after, done)

    def _after(self, done: Round) -> None:
        for member, count in done.replies.items():
            self._count(member, count)
            self.sender(member).wake()
        for message in done.answered:
            for future in self._waiters.pop(message, ()):
                if not future.done():
                    future.set_result(None)

    def _count(self, member: str, change: int) -> None:
        self.backlog[member] = max(0, self.backlog.get(member, 0) + change)
        metrics.BACKLOG.labels(member).set(self.backlog[member])


_delivery: Delivery | None = None


def begin(runtime: Runtime | None) -> None:
    """Make ready to deliver with a runtime; None when the node stops."""
    global _delivery  # noqa: PLW0603  one node, one delivery
    _delivery = None if runtime is None else Delivery(runtime)


def delivery() -> Delivery:
    """That of this process.

    Raises:
        Problem: ``unavailable`` when the node does not exchange.
    """
    if _delivery is None:
        raise Problem(UNAVAILABLE, reason="this node has not joined a circle")
    return _delivery


async def run(stop: Any) -> None:
    """Deliver until stopped, if this node exchanges at all."""
    if _delivery is not None:
        await _delivery.run(stop)
