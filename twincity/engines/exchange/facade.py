"""The exchange's door for apps: offer a service, call another's, start and stop with the node."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import msgspec

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, services
from twincity.engines.exchange.agreement import odrl, text
from twincity.engines.exchange.agreement.terms import LAST, Terms, check_narrower, compile_grant
from twincity.engines.exchange.rules import Grant, RowFilter
from twincity.engines.exchange.services import conclude, read_decision, read_request, sign_decision, sign_request
from twincity.engines.exchange.wire import runtime
from twincity.engines.exchange.wire.consumer import Outbound, Result
from twincity.engines.exchange.wire.consumer import call as call_out
from twincity.engines.exchange.wire.faces import AgreedDoor, Letter, Sender, keep, post, sender_of, serve
from twincity.engines.exchange.wire.registry import Call, Rows, Service, Stream
from twincity.engines.exchange.wire.registry import services as registered
from twincity.engines.exchange.wire.runtime import Runtime, running
from twincity.engines.ledger import facade as ledger
from twincity.kernel.home import Config
from twincity.kernel.http.client import Client
from twincity.kernel.limits import AdaptiveLimit, Gate
from twincity.kernel.locale_text import LocalText
from twincity.kernel.tc1.replay import ReplayGuard

__all__ = [
    "AgreedDoor",
    "Call",
    "Concluded",
    "Grant",
    "Letter",
    "Outbound",
    "Result",
    "RowFilter",
    "Rows",
    "Sender",
    "Service",
    "Stream",
    "Terms",
    "agreement",
    "agreement_policy",
    "announce",
    "call",
    "check_terms",
    "conclude",
    "describe",
    "keep",
    "narrower",
    "offer_policy",
    "post",
    "read_decision",
    "read_request",
    "registered",
    "running",
    "runtime_of_node",
    "sender_of",
    "serve",
    "sign_decision",
    "sign_request",
    "start",
    "stop",
    "terms_from_policy",
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


class Concluded(msgspec.Struct, frozen=True):
    """An agreement as other units see it."""

    id: str
    provider: str
    consumer: str
    state: str
    terms: Terms


def agreement(*, identifier: str) -> Concluded | None:
    """The agreement of that id."""
    found = queries.agreement(identifier)
    if found is None:
        return None
    return Concluded(found.id, found.provider, found.consumer, found.state, services.terms_of(found))


def runtime_of_node() -> Runtime:
    """The exchange of this process, for a door over it.

    Raises:
        RuntimeError: when the node is not being served.
    """
    return runtime.current()


def offer_policy(*, terms: Terms, identifier: str, target: str = "") -> dict[str, Any]:
    """Terms as an ODRL offer in the compact form of the Dataspace Protocol."""
    return odrl.offer(terms, identifier=identifier, target=target)


def agreement_policy(
    *, terms: Terms, identifier: str, target: str, provider: str, consumer: str, at: int
) -> dict[str, Any]:
    """Terms as an ODRL agreement in the compact form of the Dataspace Protocol; ``at`` in seconds since 1970."""
    return odrl.agreement(terms, identifier=identifier, target=target, provider=provider, consumer=consumer, at=at)


def terms_from_policy(*, policy: Any, base: Terms) -> Terms:
    """Terms that carry out an ODRL policy; what it leaves open is as in ``base``.

    Raises:
        Problem: ``policy-malformed`` or ``policy-not-enforceable``.
    """
    return odrl.terms_of(policy, base)


def check_terms(*, terms: Terms, consumer: str) -> Terms:
    """Terms that can be carried out.

    Raises:
        Problem: ``grant-invalid``.
    """
    if terms.not_after > LAST:
        terms = msgspec.structs.replace(terms, not_after=LAST)
    compile_grant(terms, agreement="draft", consumer=consumer)
    return terms


def narrower(*, asked: Terms, given: Terms) -> Terms:
    """The terms given, if they give nothing that was not asked for.

    Raises:
        Problem: ``terms-wider``.
    """
    return check_narrower(asked, given)


def describe(*, terms: Terms, provider: str, consumer: str) -> LocalText:
    """Terms as people read them, in both languages."""
    return text.render(terms, provider=provider, consumer=consumer)


class _Freshness:
    """Reloads of the grants that several wait for are done once for all of them."""

    def __init__(self) -> None:
        self.asked = self.done = 0
        self.lock = asyncio.Lock()

    async def wait(self) -> None:
        self.asked += 1
        mine = self.asked
        async with self.lock:
            if self.done < mine:
                covers = self.asked
                await asyncio.to_thread(services.reload_grants)
                self.done = covers


_fresh = _Freshness()


async def announce(record: bytes) -> Awaitable[object]:
    """Have calls decided by a concluded agreement's grant from now on, and put its record into the ledger.

    The grant is in force when this returns; what is returned is to be awaited for the record, which can go on beside.
    """
    written = asyncio.ensure_future(ledger.exchange_log().append(lambda _: record))
    await _fresh.wait()
    return written
