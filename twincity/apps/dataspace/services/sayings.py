"""The messages of each step of a negotiation, with their addresses below the peer's base URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from twincity.apps.dataspace import queries
from twincity.apps.dataspace.models import Negotiation
from twincity.apps.dataspace.protocol import messages
from twincity.apps.dataspace.protocol.messages import DOCUMENT
from twincity.apps.dataspace.services import addresses
from twincity.apps.dataspace.services.outbox import say
from twincity.apps.dataspace.wire.sender import Outgoing
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.engines.exchange.facade import Terms
from twincity.kernel import clock


def prepared(found: Negotiation, act: str) -> dict[str, Any]:
    """Columns that a step fills besides the state: this member's signed documents, the agreement's id."""
    terms = msgspec.convert(found.terms, Terms)
    changes: dict[str, Any] = {}
    if act in {"request", "accept"} and queries.is_member(found.peer):
        changes["request"] = exchange.sign_request(identifier=found.pk, provider=found.peer, terms=terms)
    if act == "agree":
        changes["agreement"] = addresses.URN + addresses.agreement_id(found)
        if found.request:
            changes["decision"] = exchange.sign_decision(request=found.request, terms=terms)
    for name, value in changes.items():
        setattr(found, name, value)
    return changes


def request(found: Negotiation, reason: str = "") -> Outgoing:  # noqa: ARG001  as the others
    """ContractRequestMessage, first or again, with this member's signed wish for members of the circle."""
    terms = msgspec.convert(found.terms, Terms)
    policy = exchange.offer_policy(terms=terms, identifier=found.offer_id, target=found.dataset)
    if found.request:
        policy[DOCUMENT] = found.request
    body = messages.request(
        consumer_pid=found.pk, provider_pid=found.peer_pid, offer=policy, callback=addresses.callback()
    )
    place = f"negotiations/{found.peer_pid}/request" if found.peer_pid else "negotiations/request"
    return say(found, body["@type"], place, body)


def offer(found: Negotiation, reason: str) -> Outgoing:  # noqa: ARG001  as the others
    """ContractOfferMessage within a negotiation."""
    terms = msgspec.convert(found.terms, Terms)
    policy = exchange.offer_policy(terms=terms, identifier=found.offer_id, target=found.dataset)
    body = messages.offer(
        provider_pid=found.pk, consumer_pid=found.peer_pid, offer=policy, callback=addresses.callback()
    )
    return say(found, body["@type"], f"negotiations/{found.peer_pid}/offers", body)


def accept(found: Negotiation, reason: str) -> Outgoing:  # noqa: ARG001  as the others
    """ContractNegotiationEventMessage ACCEPTED, with this member's signed wish for the terms that were offered."""
    more = {DOCUMENT: found.request} if found.request else {}
    body = messages.event(provider_pid=found.peer_pid, consumer_pid=found.pk, event="ACCEPTED", **more)
    return say(found, body["@type"], f"negotiations/{found.peer_pid}/events", body)


def agree(found: Negotiation, reason: str) -> Outgoing:  # noqa: ARG001  as the others
    """ContractAgreementMessage, with this member's signed consent where there is a signed wish."""
    policy = exchange.agreement_policy(
        terms=msgspec.convert(found.terms, Terms), identifier=found.agreement, target=found.dataset,
        provider=circle.member_id(), consumer=found.peer, at=clock.unix(),
    )  # fmt: skip
    if found.decision:
        policy[DOCUMENT] = found.decision
    body = messages.agreement(provider_pid=found.pk, consumer_pid=found.peer_pid, agreement=policy)
    return say(found, body["@type"], f"negotiations/{found.peer_pid}/agreement", body)


def verify(found: Negotiation, reason: str) -> Outgoing:  # noqa: ARG001  as the others
    """ContractAgreementVerificationMessage."""
    body = messages.verification(provider_pid=found.peer_pid, consumer_pid=found.pk)
    return say(found, body["@type"], f"negotiations/{found.peer_pid}/agreement/verification", body)


def finalize(found: Negotiation, reason: str) -> Outgoing:  # noqa: ARG001  as the others
    """ContractNegotiationEventMessage FINALIZED."""
    body = messages.event(provider_pid=found.pk, consumer_pid=found.peer_pid, event="FINALIZED")
    return say(found, body["@type"], f"negotiations/{found.peer_pid}/events", body)


def terminate(found: Negotiation, reason: str) -> Outgoing:
    """ContractNegotiationTerminationMessage."""
    own, other = found.pk, found.peer_pid
    provider, consumer = (own, other) if found.role == "provider" else (other, own)
    body = messages.termination(provider_pid=provider, consumer_pid=consumer, **messages.why("terminated", reason))
    return say(found, body["@type"], f"negotiations/{found.peer_pid}/termination", body)


Saying = Callable[..., Outgoing]
SAYINGS: dict[str, Saying] = {
    "request": request,
    "offer": offer,
    "accept": accept,
    "agree": agree,
    "verify": verify,
    "finalize": finalize,
    "terminate": terminate,
}
