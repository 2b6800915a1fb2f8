"""Sending what waits: one task for each member, batches in order, back-off with an ear for the member's return."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from twincity.engines.exchange import queries
from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.delivery.envelope import Ack, Acks, Envelope, sent
from twincity.engines.exchange.services import outbox
from twincity.engines.exchange.services.intake import MOST
from twincity.engines.exchange.services.records import index_records
from twincity.engines.exchange.services.results import INBOX
from twincity.engines.exchange.services.store import Store
from twincity.engines.exchange.wire import consumer
from twincity.engines.exchange.wire.asking import PURPOSE
from twincity.engines.exchange.wire.registry import OPEN_TO_MEMBERS
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel import clock
from twincity.kernel.problems import UNAVAILABLE, Problem

QUIET = 0.3
"""Seconds after a failure for which no sign of life makes this node try again."""
_acks = msgspec.json.Decoder(Acks)


class Batch:
    """Messages to one member as they are sent together.

    Args:
        rows: of the outbox, in turn.
    """

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def body(self) -> bytes:
        """The batch in JSON; the messages in the very bytes in which they are stored."""
        after = lanes.follow([(row["lane"], row["number"]) for row in self.rows])
        items = [
            b'{"after":%d,"message":%s}' % (number, row["request"])
            for number, row in zip(after, self.rows, strict=True)
        ]
        return b'{"messages":[' + b",".join(items) + b"]}"


class Sender:
    """Delivers to one member.

    Args:
        runtime: of this node.
        store: the way into the database.
        member: to whom.
        left: told how many messages have left the queue.
    """

    def __init__(self, runtime: Runtime, store: Store, member: str, left: Callable[[int], object]) -> None:
        self._runtime, self._store, self._member, self._left = runtime, store, member, left
        self._wake = asyncio.Event()
        self.failures = 0
        self.error = ""

    def wake(self) -> None:
        """There is something to send, or the member was heard."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver for ever; asleep while nothing waits."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while await self.step():
                pass

    async def step(self) -> bool:
        """Send one batch, or wait after a failure; False when nothing is left to send."""
        limit = self._runtime.body_limit * 9 // 10
        rows = await self._store.do(partial(outbox.waiting, destination=self._member, limit=MOST, most=limit))
        if not rows:
            return False
        if any(row["expires"] <= clock.millis() for row in rows):
            self._left(await self._store.do(partial(outbox.expire, now=clock.millis())))
            return True
        try:
            await self._send(rows)
        except Problem as problem:
            await self._pause(problem)
        else:
            self.failures, self.error = 0, ""
        return True

    async def _pause(self, problem: Problem) -> None:
        self.failures += 1
        self.error = problem.kind.code
        wait = lanes.patience(self.failures, random.random())  # noqa: S311  spreads load, guards nothing
        wait = max(wait if problem.retry_after is None else min(problem.retry_after, lanes.LONGEST_RETRY), QUIET)
        until = clock.millis() + int(wait * 1000)
        await self._store.do(partial(outbox.failed, destination=self._member, error=str(problem), until=until))
        await asyncio.sleep(QUIET)
        self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), wait - QUIET)
        except TimeoutError:
            return

    async def _send(self, rows: list[dict[str, Any]]) -> None:
        outbound = consumer.Outbound(
            provider=self._member, service=INBOX, method="POST", path="/messages", purpose=PURPOSE,
            body=Batch(rows).body(), media_type="application/json",
        )  # fmt: skip
        result = await consumer.call(self._runtime, outbound)
        if result.status != 200:
            raise consumer.unsigned_refusal(result.status, result.body, self._member)
        await self.acknowledge(rows, _acks.decode(result.body).acks)

    async def acknowledge(self, rows: list[dict[str, Any]], acks: list[Ack]) -> None:
        """Check what the member says of each message, keep the evidence, and write down what became of it.

        Raises:
            Problem: ``answer-unproven``; or ``unavailable`` when some are to be sent again later.
        """
        if [each.id for each in acks] != [row["id"] for row in rows]:
            raise Problem(consumer.UNPROVEN, member=self._member, reason="acknowledges other messages")
        if any(ack.known for ack in acks):
            await self._store.do(lambda _: index_records())
        pairs = zip(rows, acks, strict=True)
        found = await asyncio.gather(*(self._one(row, ack) for row, ack in pairs))
        settled = [each for each in found if isinstance(each, outbox.Settled)]
        await self._store.do(partial(outbox.settle, settled=settled))
        self._left(len(settled))
        later = [each for each in found if isinstance(each, Problem)]
        if later:
            raise max(later, key=lambda problem: problem.retry_after or 0)

    async def _one(self, row: dict[str, Any], ack: Ack) -> outbox.Settled | Problem:
        body = base64.b64decode(ack.body)
        if not ack.headers:
            problem = consumer.unsigned_refusal(ack.status, body, self._member)
            if problem.retry_after is None and ack.status not in {429, 503}:
                return outbox.Settled(row["id"], "dead", error=problem.rule)
            return Problem(UNAVAILABLE, retry_after=problem.retry_after, reason=problem.rule)
        call = sent(msgspec.json.decode(row["request"], type=Envelope), self._member)
        part = await consumer.verify(call, ack.status, ack.headers, body)
        outcome = consumer.outcome_of(ack.status, body)
        record = call.record(status=ack.status, outcome=outcome, res=part, size=len(body))
        if not (ack.known and await self._store.do(partial(_recorded, message=row["id"]))):
            await self._runtime.keep(lambda _: record)
        if ack.status >= 400:
            return outbox.Settled(row["id"], "dead", error=outcome)
        final = call.call.service.startswith(OPEN_TO_MEMBERS)
        return outbox.Settled(row["id"], "done" if final else "taken", ack.headers.get("tc-receipt", ""))


def _recorded(_: object, message: str) -> bool:
    return queries.record_index(message, "consumer") is not None
