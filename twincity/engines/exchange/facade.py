"""The exchange's door for apps: offer a service, call another's, start and stop with the node."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractContextManager
from typing import Any

import msgspec

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, services
from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.names import identifiers
from twincity.engines.exchange.names.book import OutsideName
from twincity.engines.exchange.names.identifiers import BAD_NAME
from twincity.engines.exchange.queries import evidence as _evidence
from twincity.engines.exchange.queries.evidence import Exchange, Scope
from twincity.engines.exchange.queries.names import given_names, instance, outside_name, outside_names
from twincity.engines.exchange.queries.traffic import Moment, Step, Traffic, over_time, traffic
from twincity.engines.exchange.rules import FORBIDDEN, Grant, RowFilter, purpose_covered
from twincity.engines.exchange.wire import asking, offering, outside, runtime, streaming
from twincity.engines.exchange.wire.admission import Place, admitted
from twincity.engines.exchange.wire.consumer import UNPROVEN, UNREACHABLE, Outbound, Result
from twincity.engines.exchange.wire.consumer import call as call_out
from twincity.engines.exchange.wire.handling import Answer
from twincity.engines.exchange.wire.offering import Offered, OfferedEndpoint
from twincity.engines.exchange.wire.outside import OutsideCall
from twincity.engines.exchange.wire.registry import Call, Endpoint, Rows, Service, Stream
from twincity.engines.exchange.wire.registry import add as offer
from twincity.engines.exchange.wire.registry import remove as withdraw
from twincity.engines.exchange.wire.registry import services as registered
from twincity.engines.exchange.wire.runtime import RATE, Runtime, System
from twincity.engines.exchange.wire.streaming import AnsweredWholeError
from twincity.kernel.home import Config
from twincity.kernel.http.client import Client
from twincity.kernel.limits import AdaptiveLimit, Gate
from twincity.kernel.problems import FORBIDDEN as NOT_ALLOWED
from twincity.kernel.problems import SIGN_IN, UNAVAILABLE, Problem
from twincity.kernel.tc1.replay import ReplayGuard

__all__ = [
    "BAD_NAME",
    "FORBIDDEN",
    "RATE",
    "UNPROVEN",
    "UNREACHABLE",
    "Answer",
    "AnsweredWholeError",
    "Call",
    "Endpoint",
    "Exchange",
    "Grant",
    "Moment",
    "Offered",
    "OfferedEndpoint",
    "Outbound",
    "OutsideCall",
    "OutsideName",
    "Result",
    "RowFilter",
    "Rows",
    "Scope",
    "Service",
    "Step",
    "Stream",
    "System",
    "Traffic",
    "answer_outside",
    "authenticate",
    "body_limit",
    "call",
    "count_in",
    "evidence",
    "exchanges_in",
    "given_names",
    "identifiers",
    "instance",
    "methods_of",
    "offer",
    "openapi_of",
    "outside_name",
    "outside_names",
    "over_time",
    "own_evidence",
    "place",
    "record_act",
    "registered",
    "start",
    "stop",
    "stream",
    "traffic",
    "use_for",
    "withdraw",
]


def start(config: Config, client: Client) -> Runtime:
    """Begin to exchange: admission, grants, local systems, and the nonces of the last minute from the ledger."""
    limits = config.limits
    gate = Gate(
        AdaptiveLimit(
            start=min(64, limits.concurrency),
            minimum=min(32, limits.concurrency),
            maximum=limits.concurrency,
            target=0.05,
        ),
        rate=limits.peer_rate,
        burst=limits.peer_rate,
    )
    started = Runtime(
        member=circle.member_id(),
        address=config.address,
        body_limit=limits.body,
        gate=gate,
        client=client,
        replay=ReplayGuard(services.recent_nonces()),
    )
    runtime.start(started)
    services.reload_systems()
    services.reload_grants()
    return started


def stop() -> None:
    """End the threads of handlers."""
    if runtime.running():
        runtime.current().pool.shutdown(wait=True)
        runtime.start(None)


async def call(outbound: Outbound) -> Result:
    """Call another member's service; the verified answer."""
    return await call_out(runtime.current(), outbound)


def count_in(*, scope: Scope) -> int:
    """How many records an auditor's scope holds."""
    services.index_records()
    return _evidence.in_scope(scope).count()


def exchanges_in(*, scope: Scope) -> Iterator[Exchange]:
    """Records within a scope, oldest first."""
    return map(_evidence.exchange, _evidence.in_scope(scope).iterator(chunk_size=500))


def evidence(*, message: str) -> bytes:
    """The evidence bundle of an exchange as a file; asks the other side. Call it from a thread of a running node.

    Raises:
        Problem: ``not-found``, ``not-yet-published``, or why the other side did not answer.
    """
    return bundles.write(services.collect(message))


def own_evidence(*, message: str) -> bytes:
    """This node's own record of an exchange with its proof, as JSON: what there is while the other side is silent.

    Raises:
        Problem: ``not-found`` or ``not-yet-published``.
    """
    return msgspec.json.encode(services.prove(message))


def record_act(*, kind: str, identifier: str, facts: dict[str, str | int]) -> int:
    """Put into this node's own ledger what somebody did with records or settings; its place there."""
    return services.record_act(kind=kind, identifier=identifier, facts=facts)


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
    if not purpose_covered(system.purposes, purpose):
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
    asked = queries.facts(member=member, service="", path="/", purpose=purpose, system=system)
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
