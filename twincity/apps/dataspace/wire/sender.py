"""Sends the messages of each process one after the other; a failed one is tried again later, those behind it wait.

Nothing polls: a message is handed over when its transaction has committed, a retry is a timer. The database is asked
once at start for what an earlier run has left.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import structlog

from twincity.kernel.states import back_off

FIRST_DELAY = 1.0
"""Seconds until a failed message is tried again; doubled each time."""
LONGEST_DELAY = 15.0
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


Verdict = Literal["settled", "again", "down"]
"""Taken or refused; to be tried again; the peer cannot be reached at all."""
Deliver = Callable[[Outgoing, int], Awaitable[Verdict]]
"""Sends one message, given the number of earlier attempts."""


@dataclass
class Sender:
    """Queues by process, each worked off by a task that ends when its queue is empty.

    While a peer cannot be reached one message knocks at its door and the others wait for that one.
    """

    deliver: Deliver
    queues: dict[str, deque[Outgoing]] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    """Ids of messages in the queues."""
    down: dict[str, asyncio.Event] = field(default_factory=dict)
    """Peers that cannot be reached; set when one can be again."""
    knocking: set[str] = field(default_factory=set)
    """Ids of the messages that try whether their peers are back."""
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

    def heard(self, peer: str) -> None:
        """A peer has spoken, so that it can be spoken to."""
        event = self.down.pop(peer, None)
        if event is not None:
            event.set()

    async def _work(self, process: str, queue: deque[Outgoing]) -> None:
        while queue:
            await self._settle(queue[0])
            self.known.discard(queue.popleft().id)
        del self.queues[process]

    async def _settle(self, message: Outgoing) -> None:
        attempts = 0
        while (verdict := await self._attempt(message, attempts)) != "settled":
            attempts += 1
            delay = min(back_off(FIRST_DELAY, attempts - 1, 0.5), LONGEST_DELAY)
            waiting = self.down.get(message.peer)
            if verdict == "again":
                await asyncio.sleep(delay)
            elif waiting is not None and message.id not in self.knocking:
                await waiting.wait()
            else:
                await self._knock(message, delay)

    async def _knock(self, message: Outgoing, delay: float) -> None:
        """Wait until this message is to try again, for itself and for the others to the same peer."""
        self.knocking.add(message.id)
        event = self.down.setdefault(message.peer, asyncio.Event())
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), delay)

    async def _attempt(self, message: Outgoing, attempts: int) -> Verdict:
        try:
            async with self.places:
                verdict = await self.deliver(message, attempts)
        except Exception:  # noqa: BLE001  one message's failure must not stop the others
            structlog.get_logger().exception("dataspace_send_failed", message=message.id)
            return "again"
        if verdict != "down":
            self.knocking.discard(message.id)
            self.heard(message.peer)
        return verdict

    async def stop(self) -> None:
        """Cancel what is on its way; it is in the database and goes out after the next start."""
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
