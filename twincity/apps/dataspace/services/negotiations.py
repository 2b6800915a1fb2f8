"""Contract negotiations, in both roles: each step checked against the state machine, kept, answered."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import transaction

from twincity.apps.dataspace import queries
from twincity.apps.dataspace.models import Negotiation, Offer
from twincity.apps.dataspace.protocol import messages, reading
from twincity.apps.dataspace.protocol.states import Role, negotiated
from twincity.apps.dataspace.services import concluding, reactions, sayings
from twincity.apps.dataspace.services.outbox import Outcome, heard, key_of, known
from twincity.apps.dataspace.wire.peers import Peer, check_callback
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.engines.exchange.facade import Terms
from twincity.kernel import ids
from twincity.kernel.problems import BAD_REQUEST, Problem
from twincity.kernel.tracked import move


def begin(*, peer: Peer, url: str, dataset: str, offer: str, terms: Terms, auto: bool = True) -> Outcome:
    """Ask a provider for a dataset as its consumer; ``url`` is the base of the provider's endpoints.

    Raises:
        Problem: ``grant-invalid``.
    """
    exchange.check_terms(terms=terms, consumer=circle.member_id())
    made = Negotiation(
        id=ids.new_id(), role="consumer", peer=peer.id, callback=url, auto=auto, dataset=dataset, offer_id=offer,
        terms=msgspec.to_builtins(terms), asked=msgspec.to_builtins(terms), next_attempt_at=None,
    )  # fmt: skip
    sayings.prepared(made, "request")
    with transaction.atomic():
        made.save(force_insert=True)
        return Outcome(made, [sayings.request(made)])


def receive_request(*, peer: Peer, body: bytes, message: str, pid: str = "") -> Outcome:
    """A consumer asks, first or (``pid``) again with other terms.

    Raises:
        Problem: ``dataspace-message``, ``not-found``, ``dataspace-state``, ``policy-not-enforceable``, …
    """
    given = reading.read(body, reading.ContractRequestMessage)
    key = key_of(peer.id, message) if message else ""
    with transaction.atomic():
        if pid and known(key):
            return Outcome(queries.negotiation(pid, peer.id), again=True)
        found, offer = _asked_again(peer, given, pid) if pid else _asked_first(peer, given)
        if offer is None:
            return Outcome(found, again=True)
        heard(found, key, given.kind, body)
        offered = msgspec.convert(offer.terms, Terms)
        reaction = reactions.answer_to(wanted=terms_of(found), offered=offered, answer=offer.answer)
        if reaction == "wait" or not found.auto:
            return Outcome(found)
        return Outcome(found, [_do(found, reaction, terms=offered if reaction == "offer" else None)])


def _asked_first(peer: Peer, given: reading.ContractRequestMessage) -> tuple[Negotiation, Offer | None]:
    """A new negotiation and the offer it is about, or the one that the same request has begun before."""
    if given.provider_pid is not None:
        raise Problem(BAD_REQUEST, field="providerPid", reason="a first request names no process of the provider")
    before = Negotiation.objects.filter(peer=peer.id, role="provider", peer_pid=given.consumer_pid)[:1]
    if before:
        return before[0], None
    dataset = str(given.offer.get("target", ""))
    offer = queries.offer_for(dataset, str(given.offer.get("@id", "")))
    base = msgspec.convert(offer.terms, Terms)
    terms, request = concluding.wish_in(given.offer, peer, base, given.consumer_pid)
    plain = msgspec.to_builtins(terms)
    made = Negotiation.objects.create(
        role="provider", peer=peer.id, peer_pid=given.consumer_pid, dataset=dataset, offer_id=offer.pk,
        callback=check_callback(peer, given.callback_address or ""), terms=plain, asked=plain, request=request,
        auto=offer.answer == "auto", next_attempt_at=None,
    )  # fmt: skip
    return made, offer


def _asked_again(peer: Peer, given: reading.ContractRequestMessage, pid: str) -> tuple[Negotiation, Offer]:
    found = queries.negotiation(pid, peer.id)
    _same(found, given.provider_pid or "", given.consumer_pid)
    to = negotiated(found.state, "request", "consumer")
    offer = queries.offer_for(found.dataset, found.offer_id)
    base = msgspec.convert(offer.terms, Terms)
    terms, request = concluding.wish_in(given.offer, peer, base, given.consumer_pid)
    plain = msgspec.to_builtins(terms)
    move(found, to, terms=plain, asked=plain, request=request)
    return found, offer


def receive_offer(*, peer: Peer, body: bytes, message: str, pid: str) -> Outcome:
    """A provider offers other terms than were asked for.

    Raises:
        Problem: as :func:`receive_request`.
    """
    given = reading.read(body, reading.ContractOfferMessage)
    key = key_of(peer.id, message) if message else ""
    with transaction.atomic():
        found = queries.negotiation(pid, peer.id)
        if known(key):
            return Outcome(found, again=True)
        _same(found, given.provider_pid, given.consumer_pid or "")
        to = negotiated(found.state, "offer", "provider")
        asked = msgspec.convert(found.asked, Terms)
        terms = exchange.check_terms(
            terms=exchange.terms_from_policy(policy=given.offer, base=asked), consumer=circle.member_id()
        )
        move(found, to, terms=msgspec.to_builtins(terms), peer_pid=given.provider_pid)
        heard(found, key, given.kind, body)
        if found.auto and reactions.within(asked=asked, given=terms):
            return Outcome(found, [_do(found, "accept")])
        return Outcome(found)


def receive_agreement(*, peer: Peer, body: bytes, message: str, pid: str) -> Outcome:
    """The provider agrees; an agreement to other terms than the last proposed ends the negotiation.

    Raises:
        Problem: as :func:`receive_request`.
    """
    given = reading.read(body, reading.ContractAgreementMessage)
    key = key_of(peer.id, message) if message else ""
    with transaction.atomic():
        found = queries.negotiation(pid, peer.id)
        if known(key):
            return Outcome(found, again=True)
        _same(found, given.provider_pid, given.consumer_pid)
        to = negotiated(found.state, "agree", "provider")
        terms, decision = concluding.consent_in(given.agreement, peer, found)
        move(
            found, to, terms=msgspec.to_builtins(terms), decision=decision, peer_pid=given.provider_pid,
            agreement=str(given.agreement.get("@id", ""))[:200],
        )  # fmt: skip
        heard(found, key, given.kind, body)
        return Outcome(found, [_do(found, "verify")] if found.auto else [])


def receive_verification(*, peer: Peer, body: bytes, message: str, pid: str) -> Outcome:
    """The consumer has checked the agreement; where no person is wanted it is put into force at once.

    Raises:
        Problem: as :func:`receive_request`.
    """
    given = reading.read(body, reading.ContractAgreementVerificationMessage)
    key = key_of(peer.id, message) if message else ""
    with transaction.atomic():
        found = queries.negotiation(pid, peer.id)
        if known(key):
            return Outcome(found, again=True)
        _same(found, given.provider_pid, given.consumer_pid)
        move(found, negotiated(found.state, "verify", "consumer"))
        heard(found, key, given.kind, body)
        if not found.auto:
            return Outcome(found)
        record = concluding.conclude(found)
        return Outcome(found, [_do(found, "finalize")], record)


def receive_event(*, peer: Peer, body: bytes, message: str, pid: str) -> Outcome:
    """The consumer accepts an offer, or the provider puts the agreement into force.

    Raises:
        Problem: as :func:`receive_request`.
    """
    given = reading.read(body, reading.ContractNegotiationEventMessage)
    key = key_of(peer.id, message) if message else ""
    with transaction.atomic():
        found = queries.negotiation(pid, peer.id)
        if known(key):
            return Outcome(found, again=True)
        _same(found, given.provider_pid, given.consumer_pid)
        act = "accept" if given.event_type == "ACCEPTED" else "finalize"
        to = negotiated(found.state, act, _other(found))
        more: dict[str, Any] = (
            {"request": concluding.accepted_in(given.document, peer, found)} if act == "accept" else {}
        )
        move(found, to, **more)
        heard(found, key, given.kind, body)
        if act == "finalize":
            return Outcome(found, record=concluding.conclude(found))
        return Outcome(found, [_do(found, "agree")] if found.auto else [])


def receive_termination(*, peer: Peer, body: bytes, message: str, pid: str) -> Outcome:
    """The other side ends the negotiation.

    Raises:
        Problem: as :func:`receive_request`.
    """
    given = reading.read(body, reading.ContractNegotiationTerminationMessage)
    key = key_of(peer.id, message) if message else ""
    with transaction.atomic():
        found = queries.negotiation(pid, peer.id)
        if known(key):
            return Outcome(found, again=True)
        _same(found, given.provider_pid, given.consumer_pid)
        move(found, negotiated(found.state, "terminate", _other(found)))
        heard(found, key, given.kind, body)
        return Outcome(found)


def act(*, pid: str, act: str, terms: Terms | None = None, reason: str = "", hold: bool = False) -> Outcome:
    """A person's step in a negotiation of this node.

    Args:
        pid: this side's process id.
        act: ``request``, ``offer``, ``accept``, ``agree``, ``verify``, ``finalize`` or ``terminate``.
        terms: those to be proposed, for ``request`` and ``offer``; else the last proposed.
        reason: why it is ended.
        hold: wait for a person at the following steps too; else what follows from this one is done at once.

    Raises:
        Problem: ``not-found``, ``dataspace-state``, ``grant-invalid``.
    """
    with transaction.atomic():
        found = queries.negotiation(pid)
        found.auto, record = not hold, None
        if act == "finalize":
            negotiated(found.state, act, _role(found))
            record = concluding.conclude(found)
        return Outcome(found, [_do(found, act, terms=terms, reason=reason)], record)


def _do(found: Negotiation, act: str, *, terms: Terms | None = None, reason: str = "") -> Any:
    """Take a step of this side and write the message that tells the peer."""
    to = negotiated(found.state, act, _role(found))
    changes: dict[str, Any] = {"auto": found.auto}
    if terms is not None:
        consumer = circle.member_id() if found.role == "consumer" else found.peer
        changes["terms"] = msgspec.to_builtins(exchange.check_terms(terms=terms, consumer=consumer))
        if act == "request":
            changes["asked"] = changes["terms"]
    for name, value in changes.items():
        setattr(found, name, value)
    changes |= sayings.prepared(found, act)
    move(found, to, **changes)
    return sayings.SAYINGS[act](found, reason)


def terms_of(found: Negotiation) -> Terms:
    """The terms last proposed."""
    return msgspec.convert(found.terms, Terms)


def shown(found: Negotiation) -> dict[str, Any]:
    """The negotiation as the protocol shows it."""
    return messages.negotiation(**pids(found), state=found.state)


def pids(found: Any) -> dict[str, str]:
    """Process ids of both sides."""
    own, other = found.pk, found.peer_pid
    return {
        "provider_pid": own if found.role == "provider" else other,
        "consumer_pid": own if found.role == "consumer" else other,
    }


def _same(found: Negotiation, provider_pid: str, consumer_pid: str) -> None:
    own, other = (provider_pid, consumer_pid) if found.role == "provider" else (consumer_pid, provider_pid)
    if own != found.pk or (found.peer_pid and other != found.peer_pid):
        raise Problem(BAD_REQUEST, field="providerPid", reason="the process ids are not those of this process")


def _role(found: Negotiation) -> Role:
    return "provider" if found.role == "provider" else "consumer"


def _other(found: Negotiation) -> Role:
    return "consumer" if found.role == "provider" else "provider"
