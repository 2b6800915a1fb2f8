"""From policies and signed documents in messages to terms, and from a finalized negotiation to an agreement."""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.apps.dataspace.models import Negotiation
from twincity.apps.dataspace.protocol.messages import DOCUMENT
from twincity.apps.dataspace.services import addresses, reactions
from twincity.apps.dataspace.wire.peers import Peer
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.engines.exchange.facade import Terms
from twincity.kernel.problems import Problem, define

UNSIGNED = define(
    "dataspace-document",
    422,
    zh="圈内成员须随消息附签名文件 {name}: {reason}",
    en="A member of the circle sends its signed document with the message ({name}): {reason}",
)
OTHER_TERMS = define(
    "dataspace-terms", 422, zh="合约条款与最后提出的不同", en="The agreement has other terms than were last proposed"
)


def wish_in(policy: dict[str, Any], peer: Peer, base: Terms, consumer_pid: str) -> tuple[Terms, str]:
    """Terms that a consumer asks for and its signed wish for them, empty for a partner.

    Raises:
        Problem: ``policy-not-enforceable``, ``grant-invalid``, ``dataspace-document``.
    """
    terms = exchange.terms_from_policy(policy=policy, base=base)
    if not peer.member:
        return exchange.check_terms(terms=terms, consumer=peer.id), ""
    token = policy.get(DOCUMENT, "")
    signed = _wish(token, peer, consumer_pid)
    if msgspec.structs.replace(signed, reason=terms.reason) != terms:
        raise Problem(UNSIGNED, field=DOCUMENT, name=DOCUMENT, reason="it names other terms than the policy")
    return exchange.check_terms(terms=signed, consumer=peer.id), token


def accepted_in(token: str, peer: Peer, found: Negotiation) -> str:
    """The signed wish of a consumer that accepts an offer.

    Raises:
        Problem: ``dataspace-document``.
    """
    if not peer.member:
        return ""
    signed = _wish(token, peer, found.peer_pid)
    offered = msgspec.convert(found.terms, Terms)
    if msgspec.structs.replace(signed, reason=offered.reason) != offered:
        raise Problem(UNSIGNED, field=DOCUMENT, name=DOCUMENT, reason="it names other terms than were offered")
    return token


def _wish(token: Any, peer: Peer, consumer_pid: str) -> Terms:
    if not isinstance(token, str) or not token:
        raise Problem(UNSIGNED, field=DOCUMENT, name=DOCUMENT, reason="it is missing")
    request = exchange.read_request(sender=peer.id, token=token)
    if (request.provider, request.consumer) != (circle.member_id(), peer.id):
        raise Problem(UNSIGNED, field=DOCUMENT, name=DOCUMENT, reason="it is between other members")
    if request.id != consumer_pid:
        raise Problem(UNSIGNED, field=DOCUMENT, name=DOCUMENT, reason="its id is not the consumer's process id")
    return request.terms


def consent_in(policy: dict[str, Any], peer: Peer, found: Negotiation) -> tuple[Terms, str]:
    """Terms of an agreement and the provider's signed consent, empty from a partner.

    Raises:
        Problem: ``dataspace-terms``, ``policy-not-enforceable``, ``dataspace-document``.
    """
    proposed = msgspec.convert(found.terms, Terms)
    terms = exchange.terms_from_policy(policy=policy, base=proposed)
    parties = (policy.get("assigner"), policy.get("assignee"), policy.get("target"))
    if not reactions.within(asked=proposed, given=terms) or parties[2] != found.dataset:
        raise Problem(OTHER_TERMS, field="agreement")
    if not peer.member:
        return terms, ""
    if parties[:2] != (peer.id, circle.member_id()):
        raise Problem(OTHER_TERMS, field="agreement.assignee")
    token = policy.get(DOCUMENT, "")
    decision = exchange.read_decision(sender=peer.id, token=token if isinstance(token, str) else "")
    if decision.request != found.request or decision.terms != terms:
        raise Problem(UNSIGNED, field=DOCUMENT, name=DOCUMENT, reason="it consents to something else")
    return terms, token


def conclude(found: Negotiation) -> bytes | None:
    """Put the agreement of a negotiation into force on this side.

    Raises:
        Problem: ``grant-invalid``.
    """
    own = circle.member_id()
    provider, consumer = (own, found.peer) if found.role == "provider" else (found.peer, own)
    return exchange.conclude(
        identifier=addresses.agreement_id(found),
        provider=provider,
        consumer=consumer,
        terms=msgspec.convert(found.terms, Terms),
        request=found.request,
        decision=found.decision,
        by=f"dataspace {found.pk}",
    )
