"""Consents through their life: given and withdrawn at home, taken in by the provider and the recipients.

A withdrawal is final: no document, however signed, brings a consent back. Who consents again gets a new one.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

import msgspec
from django.db import transaction
from msgspec.structs import replace

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import rules
from twincity.engines.exchange.consent import decision
from twincity.engines.exchange.consent import documents as docs
from twincity.engines.exchange.consent.decision import Held
from twincity.engines.exchange.consent.errors import NOT_LINKED, WITHDRAWN
from twincity.engines.exchange.models import (
    Consent,
    ConsentAsk,
    ConsentDelivery,
    DataAgreementRow,
    Link,
    Linked,
    Obligation,
    ReceivedAsk,
)
from twincity.engines.exchange.services.agreements import NOT_PARTY
from twincity.engines.identity import facade as identity
from twincity.engines.ledger import facade as ledger
from twincity.kernel import canonical, clock, ids
from twincity.kernel.problems import NOT_FOUND, Problem

DAY = 86_400
stirred = threading.Event()
"""Set when somebody is to be told of a consent, so that it happens within a fraction of a second."""


class People:
    """What the doors of the exchange ask of the database."""

    def held(self, consent: str) -> Held | None:
        """A consent in its present state."""
        row = Consent.objects.select_related("linked").filter(pk=consent).first()
        if row is None:
            return None
        return Held(document_of(row), row.linked.person_key if row.linked else "")

    def pseudonym(self, person: str) -> str:
        """What a person of this node's data is called in its ledger when no consent names them otherwise."""
        return identity.pseudonym(person_id=person, purpose="subject")


def explain(index: rules.GrantIndex, request: rules.Request, consent: str) -> list[rules.Step]:
    """What consent has to say about a call that a grant allows, for an administrator; empty when it has no say."""
    try:
        grant = index.decide(request)
    except Problem:
        return []
    held = People().held(consent) if consent else None
    facts = decision.Facts(request.member, request.service, request.purpose, request.now)
    return decision.explain(held, consent, grant, facts)


def document_of(row: Consent) -> docs.Consent:
    """The consent as last signed."""
    return msgspec.convert(row.body, docs.Consent)


def give(
    *, person: str, agreement: str, fields: Sequence[str], recipients: Sequence[str], days: int, ask: str = ""
) -> Consent:
    """A citizen's consent, signed by this node on the citizen's behalf and on its way to all who are concerned.

    Args:
        person: identifier of the citizen's party.
        agreement: identifier of the data agreement; its present revision is meant.
        fields: names of the attributes that may leave.
        recipients: members who may receive them.
        days: how long it lasts.
        ask: code of the recipient's request that is answered by it.

    Raises:
        Problem: ``not-found``, ``not-linked`` or ``consent-refused`` naming the field.
    """
    row = DataAgreementRow.objects.filter(identifier=agreement, current=True, active=True).first()
    if row is None:
        raise Problem(NOT_FOUND, field="agreement", what=agreement)
    if not Link.objects.filter(person=person, provider=row.owner).exists():
        raise Problem(NOT_LINKED, field="provider")
    now = clock.unix()
    document = docs.Consent(
        id=ids.new_id(),
        iss=circle.member_id(),
        iat=now,
        state="given",
        subject=identity.pseudonym(person_id=person, purpose=f"consent {agreement}"),
        provider=row.owner,
        agreement=agreement,
        revision=row.revision,
        digest=docs.document_digest(row.token),
        purpose=row.body["purpose"],
        fields=tuple(fields),
        recipients=tuple(recipients),
        not_before=now,
        not_after=now + days * DAY,
    )
    docs.require(recipients=document.recipients, days=days > 0)
    docs.check_covered(document, msgspec.convert(row.body, docs.DataAgreement), document.digest)
    return _keep_given(document, person, ask)


def withdraw(*, person: str, consent: str) -> Consent:
    """Take a consent back; from now on this node refuses under it, the others as soon as they hear.

    Raises:
        Problem: ``not-found`` when it is not this person's; ``consent-withdrawn`` when it has been already.
    """
    with transaction.atomic():
        row = Consent.objects.select_for_update().filter(pk=consent, person=person).exclude(person="").first()
        if row is None:
            raise Problem(NOT_FOUND, field="consent", what=f"consent {consent}")
        if row.state == Consent.State.WITHDRAWN:
            raise Problem(WITHDRAWN, field="consent", consent=consent)
        document = replace(document_of(row), state="withdrawn", iat=clock.unix())
        token = docs.sign(document, circle.signer().key)
        _withdrawn(row, document, token)
        row.deliveries.update(due=True)
        transaction.on_commit(stirred.set)
    _record(row)
    return row


def receive(*, sender: str, token: str, person: str, ask: str = "") -> Consent:
    """Take in a consent or its withdrawal from the node that keeps the citizen's account. May be repeated.

    Args:
        sender: the member that sent it.
        token: the signed document.
        person: pseudonym of the link, for the provider.
        ask: code of this node's own request.

    Raises:
        Problem: ``consent-refused``, ``not-party``, ``not-linked``; ``not-found`` for a data agreement that has not
            arrived here yet.
    """
    document = docs.read_consent(token, circle.keys_of(sender).get)
    me = circle.member_id()
    if document.iss != sender or me not in {document.provider, *document.recipients}:
        raise Problem(NOT_PARTY, field="document", member=sender)
    _check_agreement(document)
    linked = _linked(sender, person) if document.provider == me else None
    with transaction.atomic():
        row = Consent.objects.select_for_update().filter(pk=document.id).first()
        if row is not None and not _same(document_of(row), document):
            raise docs.refuse("id", "this id names another consent")
        if row is None:
            row = _create(document, token, linked=linked, case=_case(ask, sender, document.id))
        elif row.state == Consent.State.WITHDRAWN or document.state == "given":
            return row
        if document.state == "withdrawn":
            _withdrawn(row, document, token)
    _record(row)
    return row


def acknowledge(*, delivery: int, state: str) -> None:
    """Note that a party has taken in a state; it is due again if the consent was withdrawn meanwhile."""
    rows = ConsentDelivery.objects.filter(pk=delivery)
    rows.update(acknowledged=state, at=clock.now(), problem="")
    rows.filter(consent__state=state).update(due=False)


def not_acknowledged(*, delivery: int, problem: str) -> None:
    """Note why a party has not taken in a state."""
    ConsentDelivery.objects.filter(pk=delivery).update(problem=problem[:60])


def open_obligations() -> int:
    """Begin the time for deletion of consents that ended by themselves; how many."""
    ended = Consent.objects.filter(receiving=True, not_after__lt=clock.now(), obligation=None)[:200]
    for row in ended:
        _oblige(row)
    return len(ended)


def settle_obligation(*, obligation: int, by: str, note: str) -> None:
    """Note that the data received under an ended consent have been deleted.

    Raises:
        Problem: ``not-found``.
    """
    rows = Obligation.objects.filter(pk=obligation, done_at=None)
    if not rows.update(done_at=clock.now(), done_by=by[:150], note=note[:500]):
        raise Problem(NOT_FOUND, field="obligation", what=f"obligation {obligation}")


def _keep_given(document: docs.Consent, person: str, ask: str) -> Consent:
    me = circle.member_id()
    linked = None
    if document.provider == me:
        linked = _linked(me, identity.pseudonym(person_id=person, purpose=f"link {me}"))
    token = docs.sign(document, circle.signer().key)
    parties = {document.provider, *document.recipients} - {me}
    with transaction.atomic():
        row = _create(document, token, linked=linked, person=person, case=_case(ask, me, document.id))
        ConsentDelivery.objects.bulk_create(ConsentDelivery(consent=row, peer=peer) for peer in sorted(parties))
        asks = ReceivedAsk.objects.filter(person=person, code=ask, consumer__in=document.recipients)
        asks.update(state=ReceivedAsk.State.GIVEN, consent=document.id)
        transaction.on_commit(stirred.set)
    _record(row)
    return row


def _create(document: docs.Consent, token: str, *, linked: Linked | None, person: str = "", case: str = "") -> Consent:
    return Consent.objects.create(
        id=document.id,
        home=document.iss,
        provider=document.provider,
        agreement=document.agreement,
        subject=document.subject,
        state=Consent.State.GIVEN,
        body=msgspec.to_builtins(document),
        token=token,
        given_at=clock.instant(document.not_before * 1000),
        not_after=clock.instant(document.not_after * 1000),
        person=person,
        linked=linked,
        receiving=circle.member_id() in document.recipients,
        case=case,
    )


def _withdrawn(row: Consent, document: docs.Consent, token: str) -> None:
    row.state = Consent.State.WITHDRAWN
    row.withdrawn_at = clock.instant(document.iat * 1000)
    row.body = msgspec.to_builtins(document)
    row.token = token
    row.save()
    if row.receiving:
        _oblige(row)


def _oblige(row: Consent) -> None:
    found = DataAgreementRow.objects.get(identifier=row.agreement, revision=row.body["revision"])
    opened = clock.now()
    due = opened + timedelta(days=found.body["retention_days"])
    Obligation.objects.get_or_create(consent=row, defaults={"due": due, "opened": opened})


def _check_agreement(document: docs.Consent) -> None:
    row = DataAgreementRow.objects.filter(identifier=document.agreement, revision=document.revision).first()
    if row is None:
        raise Problem(NOT_FOUND, field="agreement", what=f"{document.agreement} revision {document.revision}")
    docs.check_covered(document, msgspec.convert(row.body, docs.DataAgreement), docs.document_digest(row.token))


def _linked(home: str, pseudonym: str) -> Linked:
    found = Linked.objects.filter(home=home, pseudonym=pseudonym).first()
    if found is None:
        raise Problem(NOT_LINKED, field="person")
    return found


def _case(ask: str, home: str, consent: str) -> str:
    rows = ConsentAsk.objects.filter(code=ask, home=home, consent="") if ask else ConsentAsk.objects.none()
    found = rows.first()
    if found is None:
        return ""
    rows.update(consent=consent)
    return found.case


def _same(known: docs.Consent, told: docs.Consent) -> bool:
    return replace(known, state=told.state, iat=told.iat) == told


def _record(row: Consent) -> None:
    """Each party's ledger holds the document of each state."""
    data = canonical.encode({"kind": "consent", "id": row.pk, "at": clock.millis(), "document": row.token})
    ledger.exchange_log().append_wait(lambda _: data)
