"""Consent on the way of a call: asked for when the grant does, checked before and after the handler.

A call that needs no consent and presents none passes here at no cost. One that does costs two look-ups, each in the
database, because another process of this node may have taken in the withdrawal. The second look-up stands after the
handler, so that an answer does not leave under a consent that was withdrawn while it was being made.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import rules
from twincity.engines.exchange.consent import decision
from twincity.engines.exchange.consent.errors import MISSING, NARROWER, UNCONFIRMED
from twincity.engines.exchange.wire import registry
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel import clock
from twincity.kernel.problems import Problem

if TYPE_CHECKING:
    from twincity.engines.exchange.wire.provider import Inbound

HEADER = "tc-consent"
STREAM_SECONDS = 1.0
"""How often a stream looks whether its consent still stands."""


async def admit(runtime: Runtime, inbound: Inbound, endpoint: registry.Endpoint) -> decision.Held | None:
    """The consent of a call, None for one that needs none; ``inbound`` learns whom and what it is about.

    Raises:
        Problem: ``consent-missing``, ``-withdrawn``, ``-expired``, ``-narrower`` or ``-unconfirmed``.
    """
    grant, name = _grant(inbound), inbound.headers.get(HEADER, "")
    if not (grant.consent or name):
        if endpoint.subject and endpoint.method == "GET":  # the caller cannot name the person, and must not
            raise Problem(MISSING, field=HEADER, reason=endpoint.subject)
        return None
    if inbound.service.startswith(registry.OPEN_TO_MEMBERS):
        raise Problem(MISSING, field=HEADER, reason=inbound.service)
    inbound.consent = name[:36]
    held = await _look_up(runtime, name)
    inbound.subject = held.document.subject if held else ""
    _check(inbound, held)
    if held is not None:
        inbound.fields = decision.fields(held.document, grant.fields)
        inbound.grant = msgspec.structs.replace(grant, fields=inbound.fields)
        if not endpoint.subject:
            raise Problem(NARROWER, field="subject", consent=name, reason="this endpoint names no person")
    return held


def refuse_waiting(inbound: Inbound, endpoint: registry.Endpoint) -> None:
    """Pass for a message that has nothing to do with a person's consent.

    Raises:
        Problem: ``consent-missing``: only a call that is answered at once can rest on a consent.
    """
    if _grant(inbound).consent or inbound.headers.get(HEADER) or endpoint.subject:
        raise Problem(MISSING, field=HEADER, reason="a call under consent does not wait")


async def confirm(runtime: Runtime, inbound: Inbound) -> None:
    """Whether the consent still stands now that the answer is ready to leave.

    Raises:
        Problem: as :func:`admit`.
    """
    if inbound.consent:
        _check(inbound, await _look_up(runtime, inbound.consent))


def own(result: Any, endpoint: registry.Endpoint, held: decision.Held, fields: tuple[str, ...]) -> Any:
    """A handler's result cut down to the person: rows of others fall away; what is no row must keep to the fields.

    Raises:
        Problem: ``consent-narrower`` naming a field that was not consented to.
    """
    if isinstance(result, registry.Rows):
        return registry.Rows(decision.own_rows(result.rows, endpoint.subject, held.person_key))
    names = msgspec.to_builtins(result) if isinstance(result, msgspec.Struct) else result
    if not isinstance(names, dict):
        raise Problem(NARROWER, field="body", consent=held.document.id, reason="the answer has no named fields")
    for name in names:
        if name not in fields:
            raise Problem(NARROWER, field=name, consent=held.document.id, reason=name)
    return result


async def watched(runtime: Runtime, inbound: Inbound, stream: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """A stream that breaks off when its consent ends.

    Raises:
        Problem: as :func:`admit`.
    """
    last = time.monotonic()
    async with aclosing(stream) as pieces:  # type: ignore[type-var]
        async for piece in pieces:
            if time.monotonic() - last > STREAM_SECONDS:
                await confirm(runtime, inbound)
                last = time.monotonic()
            yield piece


async def subject_of(runtime: Runtime, inbound: Inbound, endpoint: registry.Endpoint, given: list[Any]) -> None:
    """Note by pseudonym which person a call without consent is about, so that the person can see it too."""
    if inbound.consent or not (endpoint.subject and given):
        return
    if person := getattr(given[0], endpoint.subject, ""):
        inbound.subject = runtime.people.pseudonym(str(person))
        inbound.fields = _grant(inbound).fields


async def outgoing(runtime: Runtime, name: str) -> str:
    """Pseudonym for the record of a call this node makes under a consent; empty when it does not know the consent.

    Raises:
        Problem: ``consent-withdrawn`` or ``consent-expired``: nothing is sent then.
    """
    held = await _look_up(runtime, name)
    if held is None:
        return ""
    decision.check_life(held, clock.unix())
    return held.document.subject


def _check(inbound: Inbound, held: decision.Held | None) -> None:
    now = clock.unix()
    facts = decision.Facts(inbound.member.id, inbound.service, inbound.headers["tc-purpose"], now)
    decision.check(held, inbound.consent, _grant(inbound), facts)
    if held is None:
        return
    try:
        circle.standing(held.document.iss, "critical", now)
    except Problem as problem:
        raise Problem(UNCONFIRMED, field=HEADER, retry_after=60, home=held.document.iss) from problem


async def _look_up(runtime: Runtime, name: str) -> decision.Held | None:
    return await runtime.in_thread(runtime.people.held, name) if name else None


def _grant(inbound: Inbound) -> rules.Grant:
    return inbound.grant or rules.Grant(id="", subject="any", service=inbound.service)
