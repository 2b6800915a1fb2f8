"""Calls of the protocol about consent: short bodies, answered soon or not at all."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from twincity.engines.exchange.wire import consumer
from twincity.engines.exchange.wire.asking import PURPOSE
from twincity.engines.exchange.wire.runtime import current

T = TypeVar("T")
MILLISECONDS = "4000"
"""For which a peer is waited for: a withdrawal has five seconds in all."""


async def tell(peer: str, service: str, path: str, body: msgspec.Struct, kind: type[T]) -> T:
    """Make a call of the protocol and give its answer.

    Raises:
        Problem: when the peer cannot be reached, or refuses; ``rule`` is then the code of its refusal.
    """
    outbound = consumer.Outbound(
        provider=peer,
        service=service,
        method="POST",
        path=path,
        purpose=PURPOSE,
        body=msgspec.json.encode(body),
        media_type="application/json",
        extra={"tc-deadline": MILLISECONDS},
    )
    result = await consumer.call(current(), outbound)
    if result.status != 200:
        raise consumer.unsigned_refusal(result.status, result.body, peer)
    return msgspec.json.decode(result.body, type=kind)


class Done(msgspec.Struct):
    """An acknowledgement; what it says is for people."""

    state: Any = None
