"""Agreements through their life; each step is signed, kept, and recorded in this side's ledger."""

from __future__ import annotations

import threading
from typing import Any

import msgspec
from django.db import transaction

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement import moves, text
from twincity.engines.exchange.agreement.terms import Terms, check_narrower, check_text, compile_grant
from twincity.engines.exchange.models import Agreement
from twincity.engines.exchange.services.data_agreements import check_terms
from twincity.engines.exchange.services.grants import grant_row, refresh_grants, reload_grants
from twincity.engines.ledger import facade as ledger
from twincity.kernel import canonical, clock, ids
from twincity.kernel.problems import NOT_FOUND, Problem, define

NOT_PARTY = define("not-party", 403, zh="{member} 不是此合约的当事方", en="{member} is not a party to this agreement")
EXPIRED_AT_ONCE = 1000
stirred = threading.Event()
"""Set when there is a document to be delivered."""


def ask(*, provider: str, terms: Terms) -> Agreement:
    """Sign a request for data and keep it; sending it is :func:`twincity.engines.exchange.wire.agreements.send`.

    Raises:
        Problem: ``unknown-member`` or ``grant-invalid``.
    """
    consumer, now = circle.member_id(), clock.unix()
    circle.directory().member(provider, now)
    compile_grant(terms, agreement="draft", consumer=consumer)
    request = docs.Request(id=ids.new_id(), provider=provider, consumer=consumer, iat=now, terms=terms)
    token = docs.sign(request, circle.signer().key)
    return _create(request, token, told=False)


def receive_request(*, sender: str, token: str) -> Agreement:
    """Keep a request that a consumer has sent; the same one twice is kept once.

    Raises:
        Problem: ``agreement-refused``, ``not-party`` or ``grant-invalid``.
    """
    request = docs.read_request(token, circle.keys_of(sender).get)
    if request.consumer != sender or request.provider != circle.member_id():
        raise Problem(NOT_PARTY, field="request", member=sender)
    if request.previous:
        raise Problem(docs.REFUSED, field="previous", reason="a first request answers nothing")
    compile_grant(request.terms, agreement=request.id, consumer=sender)
    known = Agreement.objects.filter(pk=request.id).first()
    if known is not None and known.request != token:
        raise Problem(docs.REFUSED, field="id", reason="this id names another request")
    if known is not None:
        return known
    return _create(request, token, told=True)


def decide(*, agreement_id: str, state: docs.State, by: str, terms: Terms | None = None, note: str = "") -> Agreement:
    """The provider's decision: activate (as asked or narrower), refuse, suspend, resume or end; signed, kept, compiled.

    Raises:
        Problem: ``not-found``, ``not-party``, ``agreement-state`` or ``terms-wider``.
    """
    with transaction.atomic():
        agreement = locked(agreement_id)
        if agreement.provider != circle.member_id():
            raise Problem(NOT_PARTY, field="agreement", member=circle.member_id())
        moves.after(agreement.state, state, "provider")
        agreed = terms_of(agreement)
        if terms is not None:
            agreed = check_narrower(agreed, terms)
        if state == "active":
            check_terms(agreed, agreement.consumer)
        decision = docs.Decision(
            id=agreement.id,
            provider=agreement.provider,
            consumer=agreement.consumer,
            iat=clock.unix(),
            state=state,
            request=agreement.request,
            terms=agreed,
            note=note,
        )
        token = docs.sign(decision, circle.signer().key)
        _settle(agreement, decision, token, by=by, told=False)
        settle(agreement, agreed)
    record_document(agreement, token)
    refresh_grants(agreement.pk)
    stirred.set()
    return agreement


def receive_decision(*, sender: str, token: str) -> Agreement:
    """Keep the provider's decision on a request of this node.

    Raises:
        Problem: ``agreement-refused``, ``not-party`` or ``terms-wider``.
    """
    decision = docs.read_decision(token, circle.keys_of(sender).get)
    with transaction.atomic():
        agreement = locked(decision.id)
        asked = {agreement.request, *agreement.earlier} if decision.state == "refused" else {agreement.request}
        if decision.provider != sender or agreement.provider != sender or decision.request not in asked:
            raise Problem(NOT_PARTY, field="decision", member=sender)
        check_narrower(docs.quoted_request(decision).terms, check_text(decision.terms))
        if agreement.decision == token or agreement.withdrawal:
            return agreement
        if agreement.decided_at and decision.iat < int(agreement.decided_at.timestamp()):
            return agreement  # an older decision arriving late
        _settle(agreement, decision, token, by=sender, told=True)
    record_document(agreement, token)
    return agreement


def end_expired() -> int:
    """End the agreements whose last day is over, on this side: both know the day, nothing need be sent; how many."""
    running = Agreement.objects.filter(state__in=("active", "suspended"), terms__not_after__lte=clock.unix())
    ended = 0
    for agreement in running[:EXPIRED_AT_ONCE]:
        with transaction.atomic():
            found = locked(agreement.pk)
            if found.state not in {"active", "suspended"}:
                continue
            found.state, found.decided_by = Agreement.State.ENDED, ""
            found.save(update_fields=["state", "decided_by"])
            found.grants.all().delete()
        ended += 1
    if ended:
        reload_grants()
    return ended


def mark_told(*, agreement_id: str, token: str) -> None:
    """Note that the other side has acknowledged a request or decision, unless a newer one was made meanwhile."""
    rows = Agreement.objects.filter(pk=agreement_id)
    rows.filter(withdrawal=token).update(told=True)
    rows.filter(decision=token, withdrawal="").update(told=True)
    rows.filter(request=token, decision="", withdrawal="", state="requested").update(told=True)
    rows.filter(offer=token, state="offered").update(told=True)


def _create(request: docs.Request, token: str, *, told: bool) -> Agreement:
    agreement = Agreement.objects.create(
        id=request.id,
        provider=request.provider,
        consumer=request.consumer,
        service=request.terms.service,
        purpose=request.terms.purpose,
        terms=msgspec.to_builtins(request.terms),
        request=token,
        told=told,
        requested_at=clock.instant(request.iat * 1000),
    )
    record_document(agreement, token)
    if not told:
        stirred.set()
    return agreement


def terms_of(agreement: Agreement) -> Terms:
    """The terms in force."""
    return msgspec.convert(agreement.terms, Terms)


def locked(agreement_id: str) -> Agreement:
    """An agreement, kept from others until the transaction is over.

    Raises:
        Problem: ``not-found``.
    """
    found = Agreement.objects.select_for_update().filter(pk=agreement_id).first()
    if found is None:
        raise Problem(NOT_FOUND, field="agreement", what=f"agreement {agreement_id}")
    return found


def _settle(agreement: Agreement, decision: docs.Decision, token: str, *, by: str, told: bool) -> None:
    agreement.state = decision.state
    agreement.terms = msgspec.to_builtins(decision.terms)
    agreement.decision = token
    agreement.decided_at = clock.instant(decision.iat * 1000)
    agreement.decided_by = by[:150]
    agreement.told = told
    agreement.save()


def settle(agreement: Agreement, terms: Terms) -> None:
    """Make the grants of an agreement those of its terms, or none while it is not active."""
    grant = compile_grant(terms, agreement=agreement.id, consumer=agreement.consumer)
    agreement.grants.all().delete()
    if agreement.state == Agreement.State.ACTIVE:
        grant_row(grant, agreement).save(force_insert=True)


def record_document(agreement: Agreement, token: str) -> None:
    """Both sides' ledgers hold the agreement's documents too."""
    data = document_record(agreement, token)
    ledger.exchange_log().append_wait(lambda _: data)


def document_record(agreement: Agreement, token: str) -> bytes:
    """The ledger's record of a document."""
    return canonical.encode({"kind": "agreement", "id": agreement.id, "at": clock.millis(), "document": token})


def show(agreement: Agreement) -> dict[str, Any]:
    """An agreement for people and scripts."""
    terms = terms_of(agreement)
    words = text.render(terms, provider=agreement.provider, consumer=agreement.consumer)
    return {
        "id": agreement.id,
        "provider": agreement.provider,
        "consumer": agreement.consumer,
        "state": agreement.state,
        "told": agreement.told,
        "terms": msgspec.to_builtins(terms),
        "text": msgspec.to_builtins(words),
        "decided_by": agreement.decided_by,
    }
