"""Negotiating an agreement: the provider's offer of other terms, the consumer's answer to it, and its withdrawal.

Each document names the one it answers by its digest, so that the chain shows what each side had before it when it
signed. An agreement that comes of it rests on the consumer's last request and the provider's decision, as every other.
"""

from __future__ import annotations

from contextlib import suppress

import msgspec
from django.db import transaction

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement import moves
from twincity.engines.exchange.agreement.terms import Terms, compile_grant
from twincity.engines.exchange.models import Agreement
from twincity.engines.exchange.services import agreements
from twincity.engines.exchange.services.data_agreements import check_terms
from twincity.engines.exchange.services.grants import refresh_grants
from twincity.kernel import clock, jws
from twincity.kernel.problems import Problem

MOST = 40
"""Documents of one negotiation."""


def counter(*, agreement_id: str, terms: Terms, by: str, note: str = "") -> Agreement:
    """The provider offers other terms than were asked for, which may be wider; nothing is in force by it.

    Raises:
        Problem: ``not-found``, ``not-party``, ``agreement-state``, ``grant-invalid``.
    """
    with transaction.atomic():
        found = _own(agreement_id, "provider")
        compile_grant(terms, agreement=found.pk, consumer=found.consumer)
        check_terms(terms, found.consumer)
        found.state = moves.after(found.state, "offered", "provider")
        offer = docs.Offer(*_parties(found), clock.unix(), terms, docs.digest(found.request), note)
        found.offer, found.decided_by, found.told = docs.sign(offer, circle.signer().key), by[:150], False
        found.save()
    return _kept(found, found.offer)


def receive_offer(*, sender: str, token: str) -> Agreement:
    """Keep a provider's offer of other terms; one that crosses a withdrawal is let lie.

    Raises:
        Problem: ``agreement-refused``, ``not-found``, ``not-party``, ``agreement-state``.
    """
    offer = docs.read_offer(token, circle.keys_of(sender).get)
    with transaction.atomic():
        found = _others(offer, sender, "provider")
        if found.offer == token or found.state == "withdrawn":
            return found
        if offer.previous != docs.digest(found.request):
            raise Problem(docs.REFUSED, field="previous", reason="the offer answers another request")
        compile_grant(offer.terms, agreement=found.pk, consumer=found.consumer)
        found.state = moves.after(found.state, "offered", "provider")
        found.offer, found.told = token, True
        found.save()
    return _kept(found, token)


def answer(*, agreement_id: str, terms: Terms | None = None) -> Agreement:
    """The consumer signs the terms that were offered, or asks for others instead.

    Raises:
        Problem: ``not-found``, ``not-party``, ``agreement-state``, ``grant-invalid``.
    """
    with transaction.atomic():
        found = _own(agreement_id, "consumer")
        found.state = moves.after(found.state, "requested", "consumer")
        asked = terms or offered(found)
        compile_grant(asked, agreement=found.pk, consumer=found.consumer)
        request = docs.Request(*_parties(found), clock.unix(), asked, docs.digest(found.offer))
        _ask_again(found, request, docs.sign(request, circle.signer().key), told=False)
    return _kept(found, found.request)


def receive_answer(*, sender: str, token: str) -> Agreement:
    """A consumer's answer to an offer; in the offer's terms it puts the agreement into force at once.

    Raises:
        Problem: ``not-found``, ``not-party``, ``agreement-state``, ``agreement-refused``.
    """
    request = docs.read_request(token, circle.keys_of(sender).get)
    with transaction.atomic():
        found = _others(request, sender, "consumer")
        compile_grant(request.terms, agreement=found.pk, consumer=sender)
        if token in {found.request, *found.earlier} or found.state == "refused":
            return found
        if not found.offer or request.previous != docs.digest(found.offer):
            raise Problem(docs.REFUSED, field="previous", reason="the request answers another offer")
        found.state = moves.after(found.state, "requested", "consumer")
        accepted = request.terms == offered(found)
        _ask_again(found, request, token, told=True)
    _kept(found, token)
    if accepted:
        with suppress(Problem):  # what stands against it now is for a person to see, who decides
            return agreements.decide(agreement_id=found.pk, state="active", by=found.decided_by)
    return found


def withdraw(*, agreement_id: str, note: str = "") -> Agreement:
    """The consumer takes its request back, or ends the agreement it has led to.

    Raises:
        Problem: ``not-found``, ``not-party``, ``agreement-state``.
    """
    with transaction.atomic():
        found = _own(agreement_id, "consumer")
        found.state = moves.after(found.state, "withdrawn", "consumer")
        previous = docs.digest(found.decision or found.offer or found.request)
        document = docs.Withdrawal(*_parties(found), clock.unix(), previous, note)
        found.withdrawal, found.told = docs.sign(document, circle.signer().key), False
        found.save()
    return _kept(found, found.withdrawal)


def receive_withdrawal(*, sender: str, token: str) -> Agreement:
    """A consumer wants no more; what was in force ends, whatever this node has said meanwhile.

    Raises:
        Problem: ``agreement-refused``, ``not-found``, ``not-party``.
    """
    withdrawal = docs.read_withdrawal(token, circle.keys_of(sender).get)
    with transaction.atomic():
        found = _others(withdrawal, sender, "consumer")
        known = {docs.digest(each) for each in (found.request, found.offer, found.decision, *found.earlier) if each}
        if found.withdrawal == token or found.state in {"refused", "ended"}:
            return found
        if withdrawal.previous not in known:
            raise Problem(docs.REFUSED, field="previous", reason="the withdrawal is about another document")
        found.state = moves.after(found.state, "withdrawn", "consumer")
        found.withdrawal, found.told = token, True
        found.save()
        found.grants.all().delete()
    refresh_grants(found.pk)
    return _kept(found, token)


def offered(agreement: Agreement) -> Terms:
    """The terms that the provider has offered last."""
    return msgspec.convert(jws.payload(agreement.offer), docs.Offer).terms


def _ask_again(found: Agreement, request: docs.Request, token: str, *, told: bool) -> None:
    if len(found.earlier) >= MOST:
        raise Problem(docs.REFUSED, field="agreement", reason=f"after {MOST} documents: begin anew")
    found.earlier = [*found.earlier, found.request, found.offer]
    found.request, found.terms, found.told = token, msgspec.to_builtins(request.terms), told
    found.purpose = request.terms.purpose
    found.save()


def _own(agreement_id: str, role: moves.Role) -> Agreement:
    found = agreements.locked(agreement_id)
    if getattr(found, role) != circle.member_id():
        raise Problem(agreements.NOT_PARTY, field="agreement", member=circle.member_id())
    return found


def _others(document: docs.Request | docs.Offer | docs.Withdrawal, sender: str, role: moves.Role) -> Agreement:
    found = agreements.locked(document.id)
    parties = document.provider, document.consumer
    if getattr(found, role) != sender or parties != (found.provider, found.consumer):
        raise Problem(agreements.NOT_PARTY, field="document", member=sender)
    return found


def _parties(found: Agreement) -> tuple[str, str, str]:
    return found.pk, found.provider, found.consumer


def _kept(found: Agreement, token: str) -> Agreement:
    agreements.record_document(found, token)
    if not found.told:
        agreements.stirred.set()
    return found
