"""Taking messages in, from the network or from a courier's file, and saying so under this node's signature.

A message is durable before its acknowledgement is signed, and the acknowledgement is in the ledger before it leaves. A
message that was taken before is acknowledged by the same words again, from the ledger: they are kept nowhere else.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from functools import partial

from twincity.engines.exchange import queries
from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.delivery.courier import Item
from twincity.engines.exchange.delivery.envelope import Ack, ack_headers, number_of, open_envelope
from twincity.engines.exchange.services import inbox
from twincity.engines.exchange.services.records import index_records
from twincity.engines.exchange.services.store import Store
from twincity.engines.exchange.wire import handling, records
from twincity.engines.exchange.wire.answering import seal
from twincity.engines.exchange.wire.handling import Answer
from twincity.engines.exchange.wire.headers import Headers
from twincity.engines.exchange.wire.provider import Inbound, Provider
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock
from twincity.kernel.problems import INVALID, Problem
from twincity.kernel.tc1 import message

MOST = 512
"""Messages in one batch."""
BREATH = 16
"""Messages after which others get a turn on the event loop."""


@dataclass(slots=True)
class _Seen:
    """What is known of one item on its way through."""

    item: Item
    inbound: Inbound | None = None
    answer: Answer | None = None
    """Signed and recorded."""
    turned: Problem | None = None
    """Said without signature: the message is not known to be genuine, or may come again."""
    verdict: lanes.Verdict | None = None

    @property
    def id(self) -> str:
        return self.item.message.headers.get("tc-message-id", "")


async def take_in(runtime: Runtime, store: Store, sender: str, items: list[Item]) -> list[Ack]:
    """Take in what a member has sent; the acknowledgements in the same order."""
    seen = [_Seen(item) for item in items]
    for number, each in enumerate(seen, 1):
        await _open(each, sender)
        if not number % BREATH:
            await asyncio.sleep(0)
    genuine = [each for each in seen if each.inbound]
    known = await store.do(partial(inbox.known, peer=sender, messages=[each.id for each in genuine])) if genuine else ()
    for each in genuine:
        if each.id in known:
            each.verdict = "known"
        else:
            _examine(runtime, each)
    await _keep(store, [each for each in genuine if each.verdict is None and each.turned is None])
    if any(each.verdict == "known" for each in seen):
        await store.do(lambda _: index_records())
    return list(await asyncio.gather(*(_acknowledge(runtime, store, each) for each in seen)))


async def _open(each: _Seen, sender: str) -> None:
    try:
        each.inbound = await open_envelope(each.item.message, sender=sender, now=clock.unix())
        number_of(each.inbound.headers)
    except Problem as problem:
        each.inbound, each.turned = None, problem


def _examine(runtime: Runtime, each: _Seen) -> None:
    assert each.inbound is not None
    try:
        endpoint, _, _ = Provider(runtime).examine(each.inbound, clock.unix())
        if endpoint.stream:
            raise Problem(INVALID, field="path", name="path", reason="a stream is not delivered as a message")  # noqa: TRY301
    except Problem as problem:
        if problem.retry_after is None:
            each.answer = handling.refused(problem)
        else:
            each.turned = problem


async def _keep(store: Store, chosen: list[_Seen]) -> None:
    arrived = [
        inbox.Arrived(each.inbound, each.item.after, refused=each.answer is not None) for each in chosen if each.inbound
    ]
    verdicts = await store.do(partial(inbox.take, arrived=arrived)) if arrived else []
    for each, verdict in zip(chosen, verdicts, strict=True):
        each.verdict = verdict
        if verdict == "early":
            lane = each.item.message.headers["tc-lane"]
            each.answer, each.turned = None, Problem(lanes.OUT_OF_ORDER, field="tc-number", retry_after=1, lane=lane)


async def _acknowledge(runtime: Runtime, store: Store, each: _Seen) -> Ack:
    if each.turned is not None or each.inbound is None:
        problem = each.turned or Problem(INVALID, name="message", reason="unknown")
        return Ack(each.id, problem.kind.status, {}, base64.b64encode(problem.body()).decode())
    answer = each.answer or Answer(202, b"", "")
    if each.verdict == "known":
        said = await store.do(partial(_said, inbound=each.inbound))
        if said is not None:
            return Ack(each.id, 202, said, known=True)
        answer.outcome = "duplicate"
    headers: Headers = {"content-digest": message.content_digest(answer.body)}
    if answer.media_type:
        headers["content-type"] = answer.media_type
    await seal(runtime, each.inbound, answer, headers, len(answer.body))
    return Ack(each.id, answer.status, headers, base64.b64encode(answer.body).decode(), each.verdict == "known")


def _said(_: object, inbound: Inbound) -> Headers | None:
    """What this node said when it took the message, if that was under the same signature."""
    index = queries.record_index(inbound.headers["tc-message-id"], "provider", inbound.member.id)
    if index is None:
        return None
    record = records.decode(ledger.exchange_log().record(index).data)
    if record.res is None or record.status != 202 or record.req.base.encode() != inbound.signed.base:
        return None
    return ack_headers(record.res)
