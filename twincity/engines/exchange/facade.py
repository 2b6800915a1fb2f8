"""The exchange's door for apps: offer a service, call another's, start and stop with the node."""

from __future__ import annotations

from collections.abc import Sequence

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, services
from twincity.engines.exchange.consent.documents import identifier
from twincity.engines.exchange.queries import ConsentView, ProposalView
from twincity.engines.exchange.rules import Grant, RowFilter
from twincity.engines.exchange.wire import runtime
from twincity.engines.exchange.wire.consumer import Outbound, Result
from twincity.engines.exchange.wire.consumer import call as call_out
from twincity.engines.exchange.wire.registry import Call, Rows, Service, Stream
from twincity.engines.exchange.wire.registry import services as registered
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel.home import Config
from twincity.kernel.http.client import Client
from twincity.kernel.limits import AdaptiveLimit, Gate
from twincity.kernel.tc1.replay import ReplayGuard

__all__ = [
    "Call",
    "ConsentView",
    "Grant",
    "Outbound",
    "ProposalView",
    "Result",
    "RowFilter",
    "Rows",
    "Service",
    "Stream",
    "call",
    "consent_known",
    "consents_known",
    "consents_of",
    "give_consent",
    "own_data_agreement",
    "own_data_agreements",
    "registered",
    "revisions_of",
    "start",
    "stop",
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
