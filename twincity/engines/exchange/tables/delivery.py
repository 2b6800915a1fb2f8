"""Messages on their way: partners and their backlog, messages that wait for a person, rooms and their readers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.engines.exchange.models import Following, InboxMessage, OutboxMessage
from twincity.engines.exchange.tables.words import outcome_words, title
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table

OPERATE = ("operator",)
"""Roles that decide on messages and carry bundles."""


def partners_table(rows: Iterable[dict[str, Any]]) -> Table:
    """How many messages stand where, by partner."""
    columns = [
        Column(_("Partner"), lambda row: title(row["member"])),
        Column(_("To be sent"), lambda row: _waiting(row["out_queued"]), "number"),
        Column(_("Oldest since"), lambda row: parts.instant(row["out_oldest"] or None, "minute")),
        Column(_("Failed attempts"), "out_attempts", "number"),
        Column(_("Result awaited"), "out_taken", "number"),
        Column(_("Answered"), "out_done", "number"),
        Column(_("To handle here"), "in_taken", "number"),
        Column(_("Handled here"), "in_done", "number"),
        Column(_("For a person"), lambda row: _troubled(row["out_dead"] + row["in_dead"]), "number"),
    ]
    return Table(columns, rows, empty=_("No messages yet"), caption=_("Messages by partner"), name="deliveries")


def letters_table(own: Iterable[OutboxMessage], taken: Iterable[InboxMessage]) -> Table:
    """Messages that went no further, each leading to its page."""
    columns = [
        Column(_("Message"), _letter),
        Column(_("Direction"), lambda row: _("sent by us") if _own(row) else _("sent to us")),
        Column(_("Partner"), lambda row: title(partner(row))),
        Column(_("Why"), lambda row: error_words(row.error)),
        Column(_("Failed attempts"), "attempts", "number"),
    ]
    return Table(columns, [*own, *taken], empty=_("Nothing waits for a person"), caption=_("For a person"))


def rooms_table(rows: Iterable[dict[str, Any]]) -> Table:
    """Rooms of this member, a line for each reader."""
    lines = [(room, reader) for room in rows for reader in room["subscribers"] or [None]]
    english = (get_language() or "").startswith("en")
    columns = [
        Column(_("Room"), lambda row: row[0]["title"]["en" if english else "zh-Hans"]),
        Column(_("Name"), lambda row: format_html("<code>{}</code>", row[0]["name"])),
        Column(_("Events kept"), lambda row: row[0]["last"] - row[0]["first"] + 1, "number"),
        Column(_("Reader"), lambda row: f"{title(row[1]['member'])} {row[1]['system']}" if row[1] else ""),
        Column(_("Read up to"), lambda row: row[1]["cursor"] if row[1] else "", "number"),
        Column(_("Behind by"), lambda row: _waiting(row[1]["lag"]) if row[1] else "", "number"),
    ]
    return Table(columns, lines, empty=_("This member has no rooms"), caption=_("Rooms"))


def following_table(rows: Iterable[Following]) -> Table:
    """How far own systems have come in rooms of the circle."""
    columns = [
        Column(_("Room"), lambda row: format_html("{} <code>{}</code>", title(row.provider), row.room)),
        Column(_("Information system"), "system"),
        Column(_("Read up to"), "cursor", "number"),
        Column(_("Time"), lambda row: parts.instant(row.seen, "minute")),
    ]
    return Table(columns, rows, empty=_("No system of this member reads in a room"), caption=_("Rooms followed"))


def letter_facts(row: OutboxMessage | InboxMessage) -> list[tuple[Any, Any]]:
    """One message that went no further."""
    since = row.queued if isinstance(row, OutboxMessage) else row.taken
    return [
        (_("Partner"), title(partner(row))),
        (_("Direction"), _("sent by us") if _own(row) else _("sent to us")),
        (_("Call"), format_html("<code>{} {}{}</code>", row.method, row.service, row.path)),
        (_("Lane"), format_html("<code>{}</code>", row.lane)),
        (_("Why"), error_words(row.error)),
        (_("Failed attempts"), row.attempts),
        (_("Since"), parts.instant(since)),
        (_("Message"), parts.ident(row.id)),
    ]


def partner(row: OutboxMessage | InboxMessage) -> str:
    """The other side of a message."""
    return row.destination if isinstance(row, OutboxMessage) else row.peer


def error_words(code: str) -> str:
    """Why a message went no further."""
    known = {
        "message-expired": _("Not delivered within its time"),
        "out-of-order": _("Came after later ones of its lane"),
    }
    return known.get(code) or outcome_words(code)[0]


def _own(row: OutboxMessage | InboxMessage) -> bool:
    return isinstance(row, OutboxMessage)


def _letter(row: OutboxMessage | InboxMessage) -> SafeString:
    side = "out" if _own(row) else "in"
    href = reverse("exchanges-letter", args=[side, row.seq])
    return parts.link(href, format_html("{}<wbr>{}", row.service, row.path))


def _waiting(count: int) -> SafeString:
    return parts.pill(count, "busy" if count else "quiet")


def _troubled(count: int) -> SafeString:
    return parts.pill(count, "bad" if count else "quiet")
