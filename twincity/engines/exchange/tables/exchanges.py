"""Exchanges in lists and in full: who asked what of whom, what was signed, where it is recorded, what proves it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.evidence.verify import Check, lines
from twincity.engines.exchange.models import ExchangeRow
from twincity.engines.exchange.tables.words import member_link, outcome_cell, tick, title
from twincity.engines.exchange.wire.records import Record, SignedPart
from twincity.engines.exchange.wire.runtime import Turned
from twincity.engines.ledger import facade as ledger
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table


def exchanges_table(rows: Iterable[ExchangeRow], empty: str = "", **tools: Any) -> Table:
    """A list of exchanges, each leading to its page; ``tools`` as :class:`Table` takes them."""
    columns = [
        Column(_("Service"), _asked),
        Column(_("Direction"), lambda row: _("called us") if row.side == "provider" else _("we called")),
        Column(_("Partner"), lambda row: title(row.peer), sort="peer"),
        Column(_("Purpose"), "purpose"),
        Column(_("Outcome"), lambda row: outcome_cell(row.outcome, stale=row.stale)),
        Column(_("Time"), "at", sort="at"),
        Column(_("Took (ms)"), lambda row: f"{row.micros / 1000:.1f}", "number"),
        Column(_("Message"), "message", "id", aside=True),
        Column(_("Case"), "case", aside=True),
    ]
    columns = columns if tools else columns[:-2]  # what stands aside can be chosen only in a table with tools
    return Table(columns, rows, empty=empty, caption=_("Exchanges"), **tools)


def recent_table(rows: Iterable[ExchangeRow], empty: str) -> Table:
    """The same in short, for the first page."""
    columns = [
        Column(_("Service"), _asked),
        Column(_("Partner"), lambda row: title(row.peer)),
        Column(_("Outcome"), lambda row: outcome_cell(row.outcome, stale=row.stale)),
        Column(_("Time"), lambda row: parts.instant(row.at, "minute")),
    ]
    return Table(columns, rows, empty=empty, caption=_("Exchanges"))


def exchange_facts(found: Record, reason: str) -> list[tuple[Any, Any]]:
    """One exchange; ``reason`` is the one stated in its agreement."""
    purpose = format_html("<code>{}</code> {}", found.purpose, reason)
    agreement = found.agreement and parts.link(reverse("exchanges-agreement", args=[found.agreement]), _("Agreement"))
    own = circle.member_id()
    provider, consumer = (own, found.peer) if found.side == "provider" else (found.peer, own)
    rows = [
        (_("Asked by"), member_link(consumer)),
        (_("Information system"), found.system),
        (_("Asked of"), member_link(provider)),
        (_("Call"), format_html("<code>{} {}{}</code>", found.method, found.service, found.path)),
        (_("Purpose"), purpose),
        (_("Case"), found.case),
        (_("Outcome"), outcome_cell(found.outcome, stale=found.stale)),
        (_("Status"), found.status),
        (_("Granted by"), agreement),
        (_("Time"), parts.instant(found.at)),
        (_("Took"), _("%(n)s ms") % {"n": f"{found.micros / 1000:.1f}"}),
        (_("Size of the answer"), _("%(n)s bytes") % {"n": found.size}),
        (_("Message"), parts.ident(found.id)),
    ]
    return [(label, value) for label, value in rows if value]


def ledger_facts(found: Record, index: int) -> list[tuple[Any, Any]]:
    """Where this side keeps its record, and where the other side has promised to keep its own."""
    receipt = lines(found.res.base).get('"tc-receipt"', "") if found.res else ""
    other = format_html("<code>{}</code>", receipt) if receipt and found.side == "consumer" else None
    rows = [
        (_("Log"), format_html("<code>{}<wbr>/exchange</code>", ledger.member())),
        (_("Entry"), parts.link(reverse("ledger-record", args=["exchange", index]), index)),
        (_("Receipt of the provider"), other),
        (_("Policy decided by"), parts.ident(found.policy) if found.policy else None),
    ]
    return [(label, value) for label, value in rows if value]


def signed_parts(found: Record) -> list[dict[str, Any]]:
    """The request and the answer exactly as they were signed."""
    own = circle.member_id()
    asked, answered = (found.peer, own) if found.side == "provider" else (own, found.peer)
    return [
        _signed(_("The request as signed"), asked, found.req),
        _signed(_("The answer as signed"), answered, found.res),
    ]


def checks_table(checks: Iterable[Check]) -> Table:
    """Each thing that was checked, in both languages."""
    columns = [
        Column(_("Result"), _result),
        Column("中文", lambda each: format_html('<span lang="zh-Hans">{}</span>', each.zh)),
        Column("English", lambda each: format_html('<span lang="en">{}</span>', each.en)),
    ]
    return Table(columns, checks, caption=_("What was checked"))


def turned_table(turned: Iterable[Turned]) -> Table:
    """Requests refused before it was known who asked."""
    language = get_language() or ""
    columns = [
        Column(_("Why"), lambda each: each.problem.text(language)),
        Column(_("Time"), lambda each: parts.instant(each.at)),
        Column(_("Target"), lambda each: format_html("<code>{}</code>", each.target)),
        Column(_("Key named"), "kid", "id"),
        Column(_("Message named"), "message", "id"),
    ]
    return Table(columns, turned, caption=_("Turned away unsigned"))


def _asked(row: ExchangeRow) -> SafeString:
    href = reverse("exchanges-one", args=[row.message])
    return parts.link(href, format_html("{}<wbr>{}", row.service, row.path))


def _signed(heading: str, signer: str, part: SignedPart | None) -> dict[str, Any]:
    if part is None:
        return {"heading": heading, "facts": [], "base": ""}
    facts = [
        (_("Signed by"), member_link(signer)),
        (_("Key"), parts.ident(part.kid, keep=11)),
        (_("Signature"), parts.ident(part.sig)),
    ]
    return {"heading": heading, "facts": facts, "base": part.base}


def _result(each: Check) -> SafeString:
    return tick(holds=each.holds)
