"""The exchange's door for apps: offer a service, call another's, start and stop with the node."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, services
from twincity.engines.exchange.agreement import odrl, text
from twincity.engines.exchange.agreement.terms import LAST, Terms, check_narrower, compile_grant
from twincity.engines.exchange.consent.documents import identifier
from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.names import identifiers
from twincity.engines.exchange.names.book import OutsideName
from twincity.engines.exchange.names.identifiers import BAD_NAME
from twincity.engines.exchange.queries import ConsentView, ProposalView
from twincity.engines.exchange.queries import delivery as reads
from twincity.engines.exchange.queries import evidence as _evidence
from twincity.engines.exchange.queries.evidence import Exchange, Scope
from twincity.engines.exchange.queries.names import given_names, instance, outside_name, outside_names
from twincity.engines.exchange.queries.traffic import Moment, Step, Traffic, over_time, traffic
from twincity.engines.exchange.rules import FORBIDDEN, Grant, RowFilter
from twincity.engines.exchange.services import (
    conclude,
    delivery,
    read_decision,
    read_request,
    rooms,
    roomservice,
    sign_decision,
    sign_request,
    transfers,
)
from twincity.engines.exchange.wire import runtime
from twincity.engines.exchange.wire.consumer import UNPROVEN, UNREACHABLE, Outbound, Result
from twincity.engines.exchange.wire.consumer import call as call_out
from twincity.engines.exchange.wire.faces import AgreedDoor, Letter, Sender, keep, post, sender_of, serve
from twincity.engines.exchange.wire.gateway import (
    answer_outside,
    authenticate,
    body_limit,
    methods_of,
    openapi_of,
    place,
    stream,
    use_for,
)
from twincity.engines.exchange.wire.handling import Answer
from twincity.engines.exchange.wire.offering import Offered, OfferedEndpoint
from twincity.engines.exchange.wire.outside import OutsideCall
from twincity.engines.exchange.wire.registry import Call, Endpoint, Rows, Service, Stream
from twincity.engines.exchange.wire.registry import add as offer
from twincity.engines.exchange.wire.registry import remove as withdraw
from twincity.engines.exchange.wire.registry import services as registered
from twincity.engines.exchange.wire.runtime import RATE, Runtime, System, running
from twincity.engines.exchange.wire.streaming import AnsweredWholeError
from twincity.engines.ledger import facade as ledger
from twincity.kernel.home import Config
from twincity.kernel.http.client import Client
from twincity.kernel.limits import AdaptiveLimit, Gate
from twincity.kernel.locale_text import LocalText
from twincity.kernel.tc1.replay import ReplayGuard

__all__ = [
    "BAD_NAME",
    "FORBIDDEN",
    "RATE",
    "UNPROVEN",
    "UNREACHABLE",
    "AgreedDoor",
    "Answer",
    "AnsweredWholeError",
    "Call",
    "Concluded",
    "ConsentView",
    "Endpoint",
    "Exchange",
    "Grant",
    "Letter",
    "Moment",
    "Offered",
    "OfferedEndpoint",
    "Outbound",
    "OutsideCall",
    "OutsideName",
    "ProposalView",
    "Result",
    "RowFilter",
    "Rows",
    "Scope",
    "Sender",
    "Service",
    "Step",
    "Stream",
    "System",
    "Terms",
    "Traffic",
    "acknowledge",
    "agreement",
    "agreement_policy",
    "announce",
    "answer_outside",
    "authenticate",
    "body_limit",
    "call",
    "check_terms",
    "conclude",
    "consent_known",
    "consents_known",
    "consents_of",
    "count_in",
    "create_room",
    "deliver",
    "describe",
    "evidence",
    "exchanges_in",
    "fetch",
    "give_consent",
    "given_names",
    "identifiers",
    "instance",
    "keep",
    "methods_of",
    "narrower",
    "offer",
    "offer_policy",
    "openapi_of",
    "outside_name",
    "outside_names",
    "over_time",
    "own_data_agreement",
    "own_data_agreements",
    "own_evidence",
    "place",
    "post",
    "publish",
    "read_decision",
    "read_request",
    "record_act",
    "registered",
    "revisions_of",
    "rooms_of_this_member",
    "running",
    "runtime_of_node",
    "sender_of",
    "serve",
    "sign_decision",
    "sign_request",
    "start",
    "stop",
    "stream",
    "subscribe",
    "terms_from_policy",
    "traffic",
    "use_for",
    "withdraw",
    "withdraw_consent",
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
        people=services.People(),
    )
    runtime.start(started)
    delivery.begin(started)
    services.reload_systems()
    services.reload_grants()
    roomservice.offer_all()
    return started


def stop() -> None:
    """End the threads of handlers."""
    if runtime.running():
        runtime.current().pool.shutdown(wait=True)
        runtime.start(None)
        delivery.begin(None)


async def deliver(stop: asyncio.Event) -> None:
    """Deliver messages and fetch files until stopped."""
    fetching = asyncio.create_task(transfers.run(runtime.current())) if runtime.running() else None
    await delivery.run(stop)
    if fetching is not None:
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)


def create_room(*, name: str, title: LocalText, standard: str = "") -> str:
    """Open a room of this member; the name of its service, on which grants decide.

    Raises:
        Problem: ``invalid``.
    """
    rooms.create(name=name, title=title, standard=standard)
    roomservice.offer_all()
    return rooms.PREFIX + name


def publish(*, room: str, event: dict[str, Any], member: str, message: str) -> int:
    """Put a CloudEvent into a room of this member; its number.

    Raises:
        Problem: ``not-found`` or ``event-invalid``.
    """
    return rooms.publish(room=room, event=event, member=member, message=message)


def subscribe(*, room: str, member: str, system: str, cursor: int = 0) -> None:
    """Begin to read in a room after a cursor, or go on from another one.

    Raises:
        Problem: ``not-found`` or ``invalid``.
    """
    rooms.acknowledge(room=room, member=member, system=system, cursor=cursor)


def fetch(*, room: str, after: int, limit: int = 200) -> dict[str, Any]:
    """Events of a room after a cursor: ``events`` with numbers, the next ``cursor``, ``first`` and ``last`` kept.

    Raises:
        Problem: ``not-found`` or ``cursor-lost``.
    """
    return rooms.fetch(room=room, after=after, limit=limit)


def acknowledge(*, room: str, member: str, system: str, cursor: int) -> None:
    """Note that a subscriber has dealt with all events up to a cursor.

    Raises:
        Problem: ``not-found`` or ``invalid``.
    """
    rooms.acknowledge(room=room, member=member, system=system, cursor=cursor)


def rooms_of_this_member() -> list[dict[str, Any]]:
    """Rooms with their subscribers: the cursor of each and by how many events it lags."""
    return reads.rooms()


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


def own_data_agreements() -> list[ProposalView]:
    """This node's data agreements that are in force."""
    return [queries.proposal_view(row) for row in queries.data_agreements(owner=circle.member_id())]


def own_data_agreement(*, name: str, revision: int = 0) -> ProposalView | None:
    """A data agreement of this node by its short name; revision 0 is the present one."""
    row = queries.data_agreement(identifier(circle.member_id(), name), revision)
    return queries.proposal_view(row) if row else None


def revisions_of(*, name: str) -> list[ProposalView]:
    """All revisions of a data agreement of this node, latest first."""
    return [queries.proposal_view(row) for row in queries.revisions(identifier(circle.member_id(), name))]


def give_consent(
    *, person: str, agreement: str, fields: Sequence[str], recipients: Sequence[str], days: int
) -> ConsentView:
    """See :func:`twincity.engines.exchange.services.consents.give`."""
    made = services.give_consent(person=person, agreement=agreement, fields=fields, recipients=recipients, days=days)
    return queries.consent_view(made)


def withdraw_consent(*, person: str, consent: str) -> ConsentView:
    """See :func:`twincity.engines.exchange.services.consents.withdraw`."""
    return queries.consent_view(services.withdraw_consent(person=person, consent=consent))


def consents_of(*, person: str) -> list[ConsentView]:
    """A citizen's consents, latest first."""
    return [queries.consent_view(row) for row in queries.consents_of(person)]


def consents_known(*, limit: int) -> list[ConsentView]:
    """The latest consents that this node keeps in any part."""
    return [queries.consent_view(row) for row in queries.consents_here()[:limit]]


def consent_known(*, consent: str) -> ConsentView | None:
    """A consent that this node keeps."""
    row = queries.consent(consent)
    return queries.consent_view(row) if row else None


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


async def announce(record: bytes) -> None:
    """Put a concluded agreement's record into the ledger; its grant is in force since it was committed."""
    await ledger.exchange_log().append(lambda _: record)
