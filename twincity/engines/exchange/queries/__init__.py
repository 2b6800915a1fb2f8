"""Reads of the exchange."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from django.db.models import Count, Max, Q, QuerySet

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import rules
from twincity.engines.exchange.consent import documents
from twincity.engines.exchange.models import (
    AccessSeen,
    Agreement,
    Consent,
    ConsentAsk,
    DataAgreementRow,
    ExchangeRow,
    GrantRow,
    Link,
    Obligation,
    ReceivedAsk,
)
from twincity.engines.exchange.wire import records
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock

PROTOCOL = "tc."
"""How the names of the protocol's own services begin."""
SILENCE = ("unanswered", "broken")
"""Outcomes of calls that brought no answer, or not all of one."""


def grants(agreement: str = "") -> list[rules.Grant]:
    """Grants in force: all, or those of one agreement."""
    rows = GrantRow.objects.filter(active=True, **({"agreement_id": agreement} if agreement else {}))
    bodies = rows.order_by("id").values_list("body", flat=True)
    return [msgspec.convert(body, rules.Grant) for body in bodies.iterator(chunk_size=2000)]


def indexed() -> int:
    """Number of ledger records that the index already covers."""
    last = ExchangeRow.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


def exchanges(
    *, since: datetime | None = None, peer: str = "", case: str = "", message: str = ""
) -> QuerySet[ExchangeRow]:
    """Exchanges, latest first."""
    rows = ExchangeRow.objects.exclude(side="")
    if since is not None:
        rows = rows.filter(at__gte=since)
    chosen = {"peer": peer, "case": case, "message": message}
    return rows.filter(**{name: value for name, value in chosen.items() if value})


def listed(
    *, peer: str = "", service: str = "", outcome: str = "", text: str = "", protocol: str = ""
) -> QuerySet[ExchangeRow]:
    """Exchanges for a list, latest first.

    Args:
        peer: id of the other side.
        service: name; without one the protocol's own calls are left out, unless ``protocol`` or ``text`` is given.
        outcome: ``ok``, ``refused`` (a problem was answered) or ``silent`` (no whole answer came).
        text: a message id, a case number, or an agreement's id.
        protocol: not empty to include the protocol's own calls.
    """
    rows = exchanges(peer=peer)
    if service:
        rows = rows.filter(service=service)
    elif not (protocol or text):
        rows = rows.exclude(service__startswith=PROTOCOL)
    if text:
        rows = rows.filter(Q(message=text) | Q(case=text) | Q(grant=f"{text}.1"))
    if outcome == "refused":
        return rows.exclude(outcome__in=("ok", *SILENCE))
    return rows.filter(outcome__in=SILENCE if outcome == "silent" else (outcome,)) if outcome else rows


def record(index: int) -> records.Record:
    """One side's record of an exchange, from the ledger."""
    return records.decode(ledger.exchange_log().record(index).data)


def agreement(identifier: str) -> Agreement | None:
    """The agreement of that id."""
    return Agreement.objects.filter(pk=identifier).first()


def covered(found: Agreement) -> QuerySet[ExchangeRow]:
    """Exchanges under an agreement: at the provider by its grant; at the consumer, who has none, by what it covers."""
    if found.provider == circle.member_id():
        return exchanges().filter(grant=f"{found.pk}.1")
    purpose = Q(purpose=found.purpose) | Q(purpose__startswith=found.purpose + ".")
    return exchanges(peer=found.provider).filter(purpose, side="consumer", service=found.service)


def replayable(since: datetime) -> QuerySet[ExchangeRow]:
    """Calls to this node's own services since then, in the order of the index: what grants decided on."""
    return exchanges(since=since).filter(side="provider").exclude(service__startswith=PROTOCOL).order_by("index")


def ending(within: int) -> QuerySet[Agreement]:
    """Agreements in force that end within so many seconds."""
    return Agreement.objects.filter(state="active", terms__not_after__lte=clock.unix() + within)


def services_named() -> list[str]:
    """Names of services that agreements of this node are about."""
    return list(Agreement.objects.order_by("service").values_list("service", flat=True).distinct()[:100])


def facts(
    *, member: str, service: str, path: str, purpose: str, method: str = "GET", system: str = "", at: int = 0
) -> rules.Request:
    """The facts of a call that was or might be made, completed from the directory; ``at`` 0 is now."""
    known = circle.directory().members.get(member)
    return rules.Request(
        member=member,
        service=service,
        method=method,
        path=path,
        purpose=purpose,
        now=at or clock.unix(),
        system=system,
        division=known.node.division if known else "",
        marks=known.marks_at(at or clock.unix()) if known else (),
    )


def agreements(*, state: str = "") -> QuerySet[Agreement]:
    """Agreements of this node, as provider and as consumer, latest first."""
    return Agreement.objects.filter(state=state) if state else Agreement.objects.all()


class ProposalView(msgspec.Struct, frozen=True):
    """A revision of a data agreement as other units may see it, with the document its provider signed."""

    agreement: documents.DataAgreement
    token: str


class ConsentView(msgspec.Struct, frozen=True):
    """A consent in its present state; ``person`` is known at home only."""

    document: documents.Consent
    token: str
    person: str


def proposal_view(row: DataAgreementRow) -> ProposalView:
    """The struct of one revision."""
    return ProposalView(msgspec.convert(row.body, documents.DataAgreement), row.token)


def consent_view(row: Consent) -> ConsentView:
    """The struct of one consent."""
    return ConsentView(msgspec.convert(row.body, documents.Consent), row.token, row.person)


def revisions(identifier: str) -> QuerySet[DataAgreementRow]:
    """All revisions of a data agreement, latest first."""
    return DataAgreementRow.objects.filter(identifier=identifier)


class Untold(msgspec.Struct, frozen=True):
    """A document that the other side has not acknowledged: agreement, who must get it, where, and the document."""

    agreement: str
    peer: str
    path: str
    token: str


def untold(limit: int = 50) -> list[Untold]:
    """Documents of agreements still to be delivered."""
    return [_untold(each) for each in Agreement.objects.filter(told=False)[:limit]]


def _untold(found: Agreement) -> Untold:
    if found.withdrawal:
        return Untold(found.id, found.provider, "/withdrawals", found.withdrawal)
    if found.decision:
        return Untold(found.id, found.consumer, "/decisions", found.decision)
    if found.state == "offered":
        return Untold(found.id, found.consumer, "/offers", found.offer)
    return Untold(found.id, found.provider, "/requests" if not found.offer else "/answers", found.request)


def record_index(message: str, side: str, peer: str = "") -> int | None:
    """Place in the ledger of one side's record of an exchange, with a given peer if one is named."""
    rows = ExchangeRow.objects.filter(message=message, side=side)
    row = (rows.filter(peer=peer) if peer else rows).order_by("index").first()
    return row.index if row else None


def data_agreements(*, owner: str = "", service: str = "", recipient: str = "") -> list[DataAgreementRow]:
    """Data agreements in their present revision that are in force."""
    rows = DataAgreementRow.objects.filter(current=True, active=True)
    rows = rows.filter(owner=owner) if owner else rows
    found = [row for row in rows if not service or row.body["service"] == service]
    return [row for row in found if not recipient or recipient in row.body["recipients"]]


def data_agreement(identifier: str, revision: int = 0) -> DataAgreementRow | None:
    """A data agreement in a revision, the present one when 0."""
    rows = DataAgreementRow.objects.filter(identifier=identifier)
    return rows.filter(revision=revision).first() if revision else rows.filter(current=True).first()


def consent(identifier: str, *, ask: str = "") -> Consent | None:
    """The consent of that id, or that came of this node's own request."""
    if ask:
        identifier = ConsentAsk.objects.filter(code=ask).values_list("consent", flat=True).first() or ""
    return Consent.objects.filter(pk=identifier).first() if identifier else None


def consents_of(person: str) -> QuerySet[Consent]:
    """A citizen's consents, latest first, with who has been told."""
    return Consent.objects.filter(person=person).exclude(person="").prefetch_related("deliveries")


def consents_here() -> QuerySet[Consent]:
    """Consents that this node keeps in any part, latest first."""
    return Consent.objects.all()


def links_of(person: str) -> QuerySet[Link]:
    """A citizen's links with providers."""
    return Link.objects.filter(person=person)


def asks_of(person: str) -> QuerySet[ReceivedAsk]:
    """Requests for consent that wait for a citizen."""
    return ReceivedAsk.objects.filter(person=person, state=ReceivedAsk.State.WAITING)


def asks() -> QuerySet[ConsentAsk]:
    """Requests that this node has made, latest first."""
    return ConsentAsk.objects.all()


def accesses_of(person: str) -> QuerySet[AccessSeen]:
    """Who used a citizen's data, latest first, as far as providers have told."""
    return AccessSeen.objects.filter(link__person=person).select_related("link")


def agreements_under(consents: Iterable[str]) -> dict[str, documents.DataAgreement]:
    """The data agreements of consents, in the revision they were given under, by the consent's id."""
    rows = {row.pk: row for row in Consent.objects.filter(pk__in=set(consents))}
    found = DataAgreementRow.objects.filter(identifier__in={row.agreement for row in rows.values()})
    known = {(row.identifier, row.revision): proposal_view(row).agreement for row in found}
    keys = {name: (row.agreement, row.body["revision"]) for name, row in rows.items()}
    return {name: known[key] for name, key in keys.items() if key in known}


def obligations() -> QuerySet[Obligation]:
    """Deletions owed and done by this node."""
    return Obligation.objects.select_related("consent")


def agreements_named(consents: Iterable[Consent]) -> list[DataAgreementRow]:
    """The present revisions of the data agreements that consents rest on."""
    return list(DataAgreementRow.objects.filter(current=True, identifier__in={row.agreement for row in consents}))


def consent_counts() -> dict[str, tuple[int, int]]:
    """How many consents this node knows by data agreement: in force, and ended."""
    standing = Q(state=Consent.State.GIVEN, not_after__gt=clock.now())
    rows = Consent.objects.order_by().values("agreement").annotate(all=Count("pk"), now=Count("pk", filter=standing))
    return {row["agreement"]: (row["now"], row["all"] - row["now"]) for row in rows}
