"""Consents, requests, accesses and data agreements on pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.consent import text
from twincity.engines.exchange.consent.documents import Ask, DataAgreement, document_digest
from twincity.engines.exchange.consent.documents import Consent as Document
from twincity.engines.exchange.models import (
    AccessSeen,
    Consent,
    ConsentAsk,
    DataAgreementRow,
    Link,
    Obligation,
    ReceivedAsk,
)
from twincity.engines.exchange.tables.words import outcome_words, title
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.ui import parts
from twincity.kernel.ui.parts import Tone
from twincity.kernel.ui.tables import Column, Table


def agreement_of(row: DataAgreementRow) -> DataAgreement:
    """A data agreement as published."""
    return msgspec.convert(row.body, DataAgreement)


def consent_words(row: Consent) -> tuple[str, Tone]:
    """A consent's state in a word, and its tone."""
    if row.state == Consent.State.WITHDRAWN:
        return _("Withdrawn"), "quiet"
    return (_("Expired"), "quiet") if row.not_after <= clock.now() else (_("Consent stands"), "good")


def plain(agreement: DataAgreement, fields: Iterable[str], recipients: Iterable[str], until: int) -> str:
    """A consent in one paragraph of the page's language."""
    words = text.render(agreement, fields=tuple(fields), recipients=tuple(recipients), until=until, title=_member)
    return words.in_language(get_language() or "")


def said(row: Consent, agreement: DataAgreement) -> str:
    """A given consent in one paragraph of the page's language."""
    document = msgspec.convert(row.body, Document)
    return plain(agreement, document.fields, document.recipients, document.not_after)


def asked(row: ReceivedAsk) -> Ask:
    """A request as it was made."""
    return msgspec.convert(row.body, Ask)


def own_consents(rows: Iterable[Consent], names: dict[str, str]) -> Table:
    """A citizen's consents; ``names`` holds titles of data agreements by identifier."""
    columns = [
        Column(_("Consent"), lambda row: _titled(row, names)),
        Column(_("Data from"), lambda row: title(row.provider)),
        Column(_("Received by"), lambda row: "、".join(title(each) for each in row.body["recipients"])),
        Column(_("State"), _state),
        Column(_("Given"), lambda row: parts.instant(row.given_at, "date")),
        Column(_("Until"), lambda row: parts.instant(row.not_after, "date")),
    ]
    return Table(columns, rows, empty=_("You have given no consent"), caption=_("My consents"))


def told_table(row: Consent) -> Table:
    """Who has acknowledged the present state of a consent."""
    columns = [
        Column(_("Member"), lambda each: title(each.peer)),
        Column(_("Has confirmed"), lambda each: _confirmed(row, each)),
        Column(_("Time"), lambda each: parts.instant(each.at) if each.acknowledged == row.state else None),
    ]
    return Table(columns, row.deliveries.all(), empty=_("Nobody but this node is concerned"), caption=_("Who knows"))


def links_table(rows: Iterable[Link]) -> Table:
    """A citizen's links, and when each provider was last asked."""
    columns = [
        Column(_("Member with data about me"), lambda row: title(row.provider)),
        Column(_("Linked"), lambda row: parts.instant(row.at, "date")),
        Column(_("Last answer"), _answered),
    ]
    return Table(columns, rows, empty=_("Not linked with any member yet"), caption=_("Members with data about me"))


def accesses_table(rows: Iterable[AccessSeen], under: dict[str, DataAgreement], empty: str = "") -> Table:
    """Who used a citizen's data; ``under`` holds data agreements by consent, for words in place of codes."""
    columns = [
        Column(_("Time"), lambda row: parts.link(reverse("mine-access", args=[row.pk]), parts.instant(row.at))),
        Column(_("Used by"), lambda row: title(row.consumer)),
        Column(_("Data from"), lambda row: title(row.link.provider)),
        Column(_("What for"), lambda row: _why(row, under.get(row.consent))),
        Column(_("Data"), lambda row: _data(row, under.get(row.consent))),
        Column(_("Basis"), _basis),
        Column(_("Outcome"), lambda row: parts.pill(*outcome_words(row.outcome))),
        Column(_("Proof"), lambda row: proven(holds=row.proven)),
    ]
    return Table(
        columns, rows, empty=empty or _("Nobody has used your data"), caption=_("Who used my data"), name="accesses"
    )


def access_facts(row: AccessSeen, under: DataAgreement | None) -> list[tuple[Any, Any]]:
    """One access in full."""
    rows = [
        (_("Time"), parts.instant(row.at)),
        (_("Used by"), title(row.consumer)),
        (_("Data from"), title(row.link.provider)),
        (_("Service"), format_html("<code>{}</code>", row.service)),
        (_("What for"), _why(row, under)),
        (_("Purpose"), format_html("<code>{}</code>", row.purpose)),
        (_("Data"), _data(row, under)),
        (_("Basis"), _basis(row)),
        (_("Outcome"), parts.pill(*outcome_words(row.outcome))),
        (_("Proof"), proven(holds=row.proven)),
        (_("Place in the ledger"), f"{row.link.provider}/exchange {row.index}"),
        (_("Message"), parts.ident(row.message)),
    ]
    return [(label, value) for label, value in rows if value]


def proven(*, holds: bool) -> SafeString:
    """Whether the record was shown to be in the provider's witnessed ledger."""
    return parts.pill(_("Proven"), "good") if holds else parts.pill(_("Unproven"), "warn")


def proposals_table(rows: Iterable[DataAgreementRow], counts: dict[str, tuple[int, int]]) -> Table:
    """Data agreements; ``counts`` gives consents in force and ended by identifier."""
    language = get_language() or ""
    columns = [
        Column(_("Data agreement"), lambda row: agreement_of(row).title.in_language(language)),
        Column(_("Data from"), lambda row: title(row.owner)),
        Column(_("Service"), lambda row: format_html("<code>{}</code>", row.body["service"])),
        Column(_("Received by"), lambda row: "、".join(title(each) for each in row.body["recipients"])),
        Column(_("Revision"), _revised, "number"),
        Column(_("Consent stands"), lambda row: counts.get(row.identifier, (0, 0))[0], "number"),
        Column(_("No longer standing"), lambda row: counts.get(row.identifier, (0, 0))[1], "number"),
    ]
    return Table(columns, rows, empty=_("No data agreement yet"), caption=_("Data agreements"), name="data-agreements")


def asks_table(rows: Iterable[ConsentAsk]) -> Table:
    """Requests that this node has made."""
    columns = [
        Column(_("Code"), lambda row: format_html("<code>{}</code>", row.code)),
        Column(_("Own case number"), lambda row: row.case),
        Column(_("Requested at"), lambda row: parts.instant(row.asked_at, "minute")),
        Column(_("Taken up at"), lambda row: title(row.home) if row.home else None),
        Column(_("Consent"), lambda row: parts.ident(row.consent) if row.consent else None),
    ]
    return Table(columns, rows, empty=_("No requests yet"), caption=_("Requests for consent"), name="consent-requests")


def obligations_table(rows: Iterable[Obligation]) -> Table:
    """Deletions owed and done."""
    columns = [
        Column(_("Consent"), lambda row: parts.ident(row.consent_id)),
        Column(_("Own case number"), lambda row: row.consent.case),
        Column(_("No longer standing"), lambda row: parts.instant(row.opened, "date")),
        Column(_("To be deleted by"), lambda row: parts.instant(row.due, "date")),
        Column(_("State"), _owed),
    ]
    return Table(columns, rows, empty=_("Nothing is to be deleted"), caption=_("Deletions owed"))


def record_27560(row: Consent, agreement: DataAgreement, token: str) -> dict[str, Any]:
    """A consent under the field names of ISO/IEC TS 27560:2023, for the person to keep."""
    document = msgspec.convert(row.body, Document)
    events = [{"event_time": document.not_before, "event_type": "explicit", "event_state": "consent_given"}]
    if row.withdrawn_at:
        at = int(row.withdrawn_at.timestamp())
        events.append({"event_time": at, "event_type": "explicit", "event_state": "consent_withdrawn"})
    information = [
        {"pii_type": each.name, "title": msgspec.to_builtins(each.title), "sensitive_pii_category": each.sensitive}
        for each in agreement.attributes
        if each.name in document.fields
    ]
    return {
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": document.id,
        "pii_principal_id": document.subject,
        "pii_processing": {
            "privacy_notice": agreement.identifier,
            "privacy_notice_digest": document_digest(token),
            "purposes": [{"purpose": document.purpose, "description": msgspec.to_builtins(agreement.why)}],
            "lawful_basis": agreement.basis,
            "pii_information": information,
            "pii_controllers": [document.provider],
            "recipient_third_parties": list(document.recipients),
            "retention_period": f"P{agreement.retention_days}D",
            "geographic_restrictions": "CN",
            "withdrawal_method": f"{document.iss} /mine/",
        },
        "party_identification": [{"party_id": each} for each in (document.iss, document.provider)],
        "events": events,
        "validity_duration": document.not_after - document.not_before,
        "signed": row.token,
    }


def _member(member: str) -> LocalText:
    known = circle.directory().members.get(member) if circle.is_open() else None
    return known.node.title if known else LocalText(member, member)


def _titled(row: Consent, names: dict[str, str]) -> SafeString:
    return parts.link(reverse("mine-consent", args=[row.pk]), names.get(row.agreement, row.agreement))


def _state(row: Consent) -> SafeString:
    due = [each for each in row.deliveries.all() if each.due]
    waiting = parts.pill(_("Not yet confirmed by %(member)s") % {"member": title(due[0].peer)}, "busy") if due else ""
    return format_html("<span>{} {}</span>", parts.pill(*consent_words(row)), waiting)


def _confirmed(row: Consent, each: Any) -> SafeString:
    if each.acknowledged == row.state:
        return parts.pill(_("Yes"), "good")
    reason = f" ({each.problem})" if each.problem else ""
    return parts.pill(_("Not yet") + reason, "warn" if each.problem else "busy")


def _answered(row: Link) -> SafeString | None:
    if row.asked_at and (row.answered_at is None or row.answered_at < row.asked_at):
        said = format_html(_("asked {}, no answer"), parts.instant(row.asked_at, "minute"))
        return format_html('<span class="tc-pill" data-tone="warn">{}</span>', said)
    return parts.instant(row.answered_at, "minute") if row.answered_at else None


def _why(row: AccessSeen, under: DataAgreement | None) -> SafeString | str:
    if under is None:
        return format_html("<code>{}</code>", row.purpose)
    return under.why.in_language(get_language() or "")


def _data(row: AccessSeen, under: DataAgreement | None) -> str:
    if row.outcome != "ok":
        return ""
    titles = {each.name: each.title.in_language(get_language() or "") for each in under.attributes} if under else {}
    return ", ".join(titles.get(name, name) for name in row.fields) or _("All of the service")


def _basis(row: AccessSeen) -> SafeString | str:
    if row.consent:
        return parts.link(reverse("mine-consent", args=[row.consent]), _("My consent"))
    return _("Another legal basis")


def _revised(row: DataAgreementRow) -> Any:
    if row.owner != circle.member_id():
        return row.revision
    return parts.link(f"{reverse('exchanges-proposal')}?revise={row.body['name']}", row.revision)


def _owed(row: Obligation) -> SafeString:
    if row.done_at:
        return format_html("<span>{} {}</span>", parts.pill(_("Deleted"), "good"), row.note)
    late = row.due < clock.now()
    return parts.pill(_("Overdue") if late else _("Open"), "bad" if late else "busy")


def named(rows: Iterable[DataAgreementRow]) -> dict[str, str]:
    """Titles of data agreements by identifier, in the page's language."""
    language = get_language() or ""
    return {row.identifier: agreement_of(row).title.in_language(language) for row in rows}
