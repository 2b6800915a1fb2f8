"""What faces of other protocols do with the core for this member's own systems, and for callers behind a gateway."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager
from typing import Any

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import rules
from twincity.engines.exchange.names import identifiers
from twincity.engines.exchange.names.book import OutsideName
from twincity.engines.exchange.wire import asking, offering, outside, runtime, streaming
from twincity.engines.exchange.wire.admission import Place, admitted
from twincity.engines.exchange.wire.consumer import Outbound
from twincity.engines.exchange.wire.handling import Answer
from twincity.engines.exchange.wire.offering import Offered
from twincity.engines.exchange.wire.outside import OutsideCall
from twincity.engines.exchange.wire.runtime import Runtime, System
from twincity.kernel import clock
from twincity.kernel.problems import FORBIDDEN as NOT_ALLOWED
from twincity.kernel.problems import SIGN_IN, UNAVAILABLE, Problem


def _running() -> Runtime:
    if not runtime.running():
        raise Problem(UNAVAILABLE, reason="this node has not joined a circle")
    return runtime.current()


def stream(outbound: Outbound, *, max_size: int) -> AsyncGenerator[bytes, None]:
    """Call another member's service whose answer may be a stream; proven only when the end is reached.

    Raises:
        AnsweredWholeError: before the first piece, with the verified answer.
        Problem: as :func:`call`.
    """
    return streaming.stream(_running(), outbound, max_size)


def authenticate(*, token: str, name: OutsideName, address: str) -> System:
    """The local system that a client of another protocol is: by its token, or by an address the operator named.

    Raises:
        Problem: ``sign-in-required``, ``forbidden`` when the token is that of another system.
    """
    systems = _running().systems
    if token:
        found = systems.get(hashlib.sha256(token.encode()).digest())
        if found is None or not name.system or found.name != name.system:
            raise Problem(NOT_ALLOWED, field="authorization", what=f"to call as {identifiers.write(name.parts)}")
        return found
    by_address = next((each for each in systems.values() if each.name == name.system), None)
    if by_address is None or address not in name.addresses:
        raise Problem(SIGN_IN, field="authorization")
    return by_address


def use_for(*, system: System, purpose: str) -> None:
    """Whether a local system may call for a purpose.

    Raises:
        Problem: ``forbidden``.
    """
    if not rules.purpose_covered(system.purposes, purpose):
        raise Problem(NOT_ALLOWED, field="tc-purpose", what=f"{system.name} for {purpose}")


def place(*, peer: str, headers: dict[str, str], kind: str) -> AbstractContextManager[Place]:
    """A place at the gate for the time of a call; ``kind`` tells slow and fast work apart.

    Raises:
        Problem: ``overloaded``, ``rate-exceeded``, ``too-late`` or ``invalid``, on entering.
    """
    return admitted(_running().gate, peer, headers, kind)


def body_limit() -> int:
    """Bytes that the body of a call may have."""
    return _running().body_limit


async def methods_of(*, member: str, system: str, purpose: str = "") -> list[Offered]:
    """What a member offers, and what of it a system of this node may call; another member is asked."""
    if member != circle.member_id():
        return await asking.fetch_methods(member, system, purpose)
    known, now = circle.directory().members[member], clock.unix()
    asked = rules.Request(
        member=member, service="", method="GET", path="/", purpose=purpose, now=now, system=system,
        division=known.node.division, marks=known.marks_at(now),
    )  # fmt: skip
    return offering.listing(_running().grants, asked)


async def openapi_of(*, member: str, service: str) -> dict[str, Any]:
    """The OpenAPI document of a member's service; another member is asked.

    Raises:
        Problem: ``not-found``.
    """
    if member == circle.member_id():
        return offering.openapi(service)
    return await asking.fetch_openapi(member, service)


async def answer_outside(call: OutsideCall) -> Answer:
    """Answer a call that a trusted gateway brought from outside the circle; a refusal is an answer too."""
    running = _running()
    with admitted(running.gate, f"{call.kind}:{call.client}", {}, f"{call.kind}/{call.service}"):
        return await outside.answer(running, call)
