"""Sends the messages of each process one after the other; a failed one is tried again later, those behind it wait.

Nothing polls: a message is handed over when its transaction has committed, a retry is a timer. The database is asked
once at start for what an earlier run has left.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import structlog

from twincity.kernel.states import back_off

FIRST_DELAY = 1.0
"""Seconds until a failed message is tried again; doubled each time."""
AT_ONCE = 64
"""Messages on their way at the same time."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent."""

    id: str
    process: str
    peer: str
    url: str
    body: bytes
    role: str = ""


Deliver = Callable[[Outgoing, int], Awaitable[bool]]
"""Sends one message, given the number of earlier attempts; whether it is settled, taken or refused."""


@dataclass
class Sender:
    """Queues by process, each worked off by a task that ends when its queue is empty."""

    deliver: Deliver
    queues: dict[str, deque[Outgoing]] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    """Ids of messages in the queues."""
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def push(self, messages: Iterable[Outgoing]) -> None:
        """Send messages, in this order within each process; those already waiting are passed over."""
        for each in messages:
            if each.id in self.known:
                continue
            self.known.add(each.id)
            queue = self.queues.setdefault(each.process, deque())
            queue.append(each)
            if len(queue) == 1:
                task = asyncio.get_running_loop().create_task(self._work(each.process, queue))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def _work(self, process: str, queue: deque[Outgoing]) -> None:
        while queue:
            await self._settle(queue[0])
            self.known.discard(queue.popleft().id)
        del self.queues[process]

    async def _settle(self, message: Outgoing) -> None:
        attempts = 0
        while not await self._attempt(message, attempts):
            attempts += 1
            await asyncio.sleep(back_off(FIRST_DELAY, attempts - 1, 0.5))

    async def _attempt(self, message: Outgoing, attempts: int) -> bool:
        try:
            async with self.places:
                return await self.deliver(message, attempts)
        except Exception:  # noqa: BLE001  one message's failure must not stop the others
            structlog.get_logger().exception("dataspace_send_failed", message=message.id)
            return False

    async def stop(self) -> None:
        """Cancel what is on its way; it is in the database and goes out after the next start."""
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
