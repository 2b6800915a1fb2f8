"""Writes of the exchange: agreements through their life, grants compiled from them, the index over the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
from django.db import transaction

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, rules
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement.terms import Terms, check_narrower, compile_grant
from twincity.engines.exchange.models import Agreement, ExchangeRow, GrantRow
from twincity.engines.exchange.wire import records, runtime
from twincity.engines.identity import facade as identity
from twincity.engines.ledger import facade as ledger
from twincity.kernel import canonical, clock, ids
from twincity.kernel.problems import NOT_FOUND, Problem, define
from twincity.kernel.tc1.replay import WINDOW

BAD_STATE = define(
    "agreement-state", 409, zh="合约处于 {state}, 不能 {act}", en="The agreement is {state} and cannot be {act}"
)
NOT_PARTY = define("not-party", 403, zh="{member} 不是此合约的当事方", en="{member} is not a party to this agreement")
_MOVES = {
    "active": ("requested", "suspended"),
    "refused": ("requested",),
    "suspended": ("active",),
    "ended": ("active", "suspended"),
}


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
    compile_grant(request.terms, agreement=request.id, consumer=sender)
    known = Agreement.objects.filter(pk=request.id).first()
    if known is not None:
        return known
    return _create(request, token, told=True)


def decide(*, agreement_id: str, state: docs.State, by: str, terms: Terms | None = None, note: str = "") -> Agreement:
    """The provider's decision: activate (as asked or narrower), refuse, suspend, resume or end; signed, kept, compiled.

    Raises:
        Problem: ``not-found``, ``not-party``, ``agreement-state`` or ``terms-wider``.
    """
    with transaction.atomic():
        agreement = _locked(agreement_id)
        if agreement.provider != circle.member_id():
            raise Problem(NOT_PARTY, field="agreement", member=circle.member_id())
        if agreement.state not in _MOVES[state]:
            raise Problem(BAD_STATE, field="state", state=agreement.state, act=state)
        agreed = terms_of(agreement)
        if terms is not None:
            agreed = check_narrower(agreed, terms)
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
        _compile(agreement, agreed)
    _record(agreement, token)
    reload_grants()
    return agreement


def receive_decision(*, sender: str, token: str) -> Agreement:
    """Keep the provider's decision on a request of this node.

    Raises:
        Problem: ``agreement-refused``, ``not-party`` or ``terms-wider``.
    """
    decision = docs.read_decision(token, circle.keys_of(sender).get)
    with transaction.atomic():
        agreement = _locked(decision.id)
        if decision.provider != sender or agreement.provider != sender or decision.request != agreement.request:
            raise Problem(NOT_PARTY, field="decision", member=sender)
        asked = docs.read_request(agreement.request, circle.keys_of(agreement.consumer).get).terms
        check_narrower(asked, decision.terms)
        if agreement.decision == token:
            return agreement
        if agreement.decided_at and decision.iat < int(agreement.decided_at.timestamp()):
            return agreement  # an older decision arriving late
        _settle(agreement, decision, token, by=sender, told=True)
    _record(agreement, token)
    return agreement


def mark_told(*, agreement_id: str, token: str) -> None:
    """Note that the other side has acknowledged a request or decision, unless a newer one was made meanwhile."""
    rows = Agreement.objects.filter(pk=agreement_id)
    rows.filter(decision=token).update(told=True)
    rows.filter(request=token, decision="").update(told=True)


def add_grants(grants: Iterable[rules.Grant]) -> int:
    """Grants of this node's own making, outside any agreement, such as open data for everyone; how many.

    Raises:
        Problem: ``grant-invalid``; none is kept then.
    """
    rows = [_grant_row(rules.check(grant), None) for grant in grants]
    with transaction.atomic():
        GrantRow.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["service", "subject", "active", "body"],
        )
    reload_grants()
    return len(rows)


def reload_grants() -> None:
    """Compile the grants in force into the index that calls are decided by."""
    grants = queries.grants()
    digest = hashlib.sha256(canonical.encode([msgspec.to_builtins(grant) for grant in grants])).hexdigest()[:16]
    index = rules.GrantIndex(grants, version=digest)
    if runtime.running():
        runtime.current().grants = index


def reload_systems() -> None:
    """Read the local systems and their tokens again if identity says they have changed."""
    running, version = runtime.current(), identity.version()
    if version != running.systems_version:
        found = identity.systems()
        running.systems = {each.token_sha256: runtime.System(each.name, tuple(each.purposes)) for each in found}
        running.systems_version = version


def recent_nonces() -> list[tuple[str, str]]:
    """Key and nonce of each request answered within the replay window, so that a restart opens no gap."""
    log, since = ledger.exchange_log(), clock.millis() - WINDOW * 1000
    low, high = 0, log.size
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if records.read(log.record(middle).data).at < since else (low, middle)
    return [pair for record in log.records(low) if (pair := records.nonce(record.data))]


def index_records(limit: int = 5000) -> int:
    """Bring the index over the ledger up to date; how many records were added."""
    log = ledger.exchange_log()
    start = queries.indexed()
    rows = []
    for record in log.records(start):
        rows.append(_row(record.index, record.data))
        if len(rows) >= limit:
            break
    ExchangeRow.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def _row(index: int, data: bytes) -> ExchangeRow:
    found = records.read(data)
    return ExchangeRow(
        index=index,
        message=found.id,
        side=found.side,
        at=clock.instant(found.at),
        peer=found.peer,
        service=found.service,
        method=found.method,
        path=found.path[:500],
        purpose=found.purpose[:100],
        system=found.system,
        outcome=found.outcome,
        grant=found.grant,
        case=found.case,
        stale=found.stale,
        size=found.size,
        micros=found.micros,
    )


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
    _record(agreement, token)
    return agreement


def terms_of(agreement: Agreement) -> Terms:
    """The terms in force."""
    return msgspec.convert(agreement.terms, Terms)


def _locked(agreement_id: str) -> Agreement:
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


def _compile(agreement: Agreement, terms: Terms) -> None:
    grant = compile_grant(terms, agreement=agreement.id, consumer=agreement.consumer)
    agreement.grants.all().delete()
    if agreement.state == Agreement.State.ACTIVE:
        _grant_row(grant, agreement).save(force_insert=True)


def _grant_row(grant: rules.Grant, agreement: Agreement | None) -> GrantRow:
    body: dict[str, Any] = msgspec.to_builtins(grant)
    return GrantRow(id=grant.id, agreement=agreement, service=grant.service, subject=grant.subject, body=body)


def _record(agreement: Agreement, token: str) -> None:
    """Both sides' ledgers hold the agreement's documents too."""
    data = canonical.encode({"kind": "agreement", "id": agreement.id, "at": clock.millis(), "document": token})
    ledger.exchange_log().append_wait(lambda _: data)
