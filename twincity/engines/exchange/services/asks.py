"""Requests for consent: made by a recipient, taken up at home by their code, decided on by the citizen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from django.db import transaction

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.consent import documents as docs
from twincity.engines.exchange.consent.errors import BAD_CODE
from twincity.engines.exchange.consent.messages import CONSENTS, AskCode
from twincity.engines.exchange.models import ConsentAsk, DataAgreementRow, ReceivedAsk
from twincity.engines.exchange.services.links import new_code, spelt
from twincity.engines.exchange.wire import telling
from twincity.kernel import background, clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import NOT_FOUND, Problem

DAYS = 30
"""How long a request may be taken up."""


def ask(*, agreement: str, fields: Sequence[str], days: int, reason: LocalText, case: str, by: str) -> ConsentAsk:
    """At the recipient: a request for one person, who gets its code; nothing in it says who that is.

    Raises:
        Problem: ``not-found`` for a data agreement that names this node no recipient; ``consent-refused``.
    """
    row = DataAgreementRow.objects.filter(identifier=agreement, current=True, active=True).first()
    if row is None or circle.member_id() not in row.body["recipients"]:
        raise Problem(NOT_FOUND, field="agreement", what=agreement)
    known = msgspec.convert(row.body, docs.DataAgreement)
    docs.require(
        fields=fields and set(fields) <= set(known.fields),
        days=0 < days <= known.valid_days,
        reason=all(0 < len(each) <= docs.TEXT and "\0" not in each for each in (reason.zh, reason.en)),
    )
    made = docs.Ask(new_code(), circle.member_id(), agreement, tuple(fields), days, reason)
    return ConsentAsk.objects.create(
        code=made.code,
        agreement=agreement,
        case=case[:100],
        body=msgspec.to_builtins(made),
        asked_by=by[:150],
        asked_at=clock.now(),
        expires=clock.now() + timedelta(days=DAYS),
    )


def hand_out(*, sender: str, code: str) -> docs.Ask:
    """At the recipient: the request of a code, to the first node that asks for it, and to no other.

    Raises:
        Problem: ``code-refused``.
    """
    with transaction.atomic():
        found = ConsentAsk.objects.select_for_update().filter(code=code, expires__gt=clock.now()).first()
        if found is None or found.home not in {"", sender}:
            raise Problem(BAD_CODE, field="code")
        ConsentAsk.objects.filter(pk=code).update(home=sender)
    return msgspec.convert(found.body, docs.Ask)


def take_up(*, person: str, consumer: str, code: str) -> ReceivedAsk:
    """At home: fetch the request that a citizen was given the code of. Call it from a thread.

    Raises:
        Problem: ``code-refused``; ``unknown-member``; ``not-found`` while the data agreement has not arrived here; or
            why the recipient did not answer.
    """
    circle.directory().member(consumer, clock.unix())
    fetched = _fetch(consumer, spelt(code))
    if not DataAgreementRow.objects.filter(identifier=fetched.agreement, current=True).exists():
        raise Problem(NOT_FOUND, field="agreement", what=fetched.agreement)
    row, _ = ReceivedAsk.objects.get_or_create(
        consumer=consumer,
        code=fetched.code,
        defaults={"person": person, "body": msgspec.to_builtins(fetched), "at": clock.now()},
    )
    if row.person != person:
        raise Problem(BAD_CODE, field="code")
    return row


def decline(*, person: str, ask: int) -> None:
    """At home: say no. The recipient is not told; it sees that no consent came.

    Raises:
        Problem: ``not-found``.
    """
    rows = ReceivedAsk.objects.filter(pk=ask, person=person, state=ReceivedAsk.State.WAITING)
    if not rows.update(state=ReceivedAsk.State.DECLINED):
        raise Problem(NOT_FOUND, field="ask", what=f"request {ask}")


def _fetch(consumer: str, code: str) -> docs.Ask:
    if consumer == circle.member_id():
        return hand_out(sender=consumer, code=code)
    try:
        fetched = background.wait(telling.tell(consumer, CONSENTS, "/asks", AskCode(code), docs.Ask))
    except Problem as problem:
        if problem.rule == BAD_CODE.code:
            raise Problem(BAD_CODE, field="code") from problem
        raise
    docs.require(consumer=fetched.consumer == consumer, code=fetched.code == code)
    return fetched
