"""Parts of the pages: divisions in lists, and what became of a code."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from twincity.apps.sharing.divisions import Division, Kind, Level, Resolution, Status, Step, divisions
from twincity.apps.sharing.models import Division as Row
from twincity.apps.sharing.models import DivisionChange
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table

LEVELS = {
    Level.PROVINCE: _("Province"),
    Level.CITY: _("City"),
    Level.COUNTY: _("County"),
    Level.TOWN: _("Town"),
}
STATUSES = {
    Status.CURRENT: (_("In force"), "good"),
    Status.FORMER: (_("Ended"), "quiet"),
    Status.ALTERNATIVE: (_("Another list"), "warn"),
}
KINDS = {
    Kind.RENAMED: _("renamed"),
    Kind.RECODED: _("given another code"),
    Kind.TRANSFERRED: _("placed under another unit"),
    Kind.CREATED: _("set up"),
    Kind.ABOLISHED: _("abolished"),
    Kind.MERGED: _("merged"),
    Kind.SPLIT: _("divided"),
    Kind.RAISED: _("raised in rank"),
    Kind.ADJUSTED: _("adjusted"),
    Kind.REASSIGNED: _("code given to another unit"),
    Kind.COUNTY_TO_CITY: _("county became a city"),
    Kind.COUNTY_TO_DISTRICT: _("county became a district"),
    Kind.CITY_TO_DISTRICT: _("city became a district"),
    Kind.PREFECTURE_TO_CITY: _("prefecture became a city"),
}


def units_table(rows: Iterable[Row], empty: str) -> Table:
    """Divisions in force, each leading to its page."""
    columns = [
        Column(_("Name"), lambda row: _linked(row.code, row.name)),
        Column(_("Code"), lambda row: format_html("<code>{}</code>", row.code)),
        Column(_("Level"), lambda row: LEVELS[Level(row.level)]),
        Column(_("Belongs to"), lambda row: _linked(row.parent, divisions().name(row.parent)) if row.parent else ""),
        Column(_("In force since"), lambda row: row.valid_from),
    ]
    return Table(columns, rows, empty=empty, caption=_("Divisions"))


def uses_table(units: Iterable[Division]) -> Table:
    """All that a code has stood for."""
    columns = [
        Column(_("Name"), "name"),
        Column(_("Level"), lambda unit: LEVELS[unit.level]),
        Column(_("In use"), _period),
        Column(_("State"), lambda unit: parts.pill(*STATUSES[unit.status])),
        Column(_("Confirmed"), "verified"),
        Column(_("Remark"), "note"),
    ]
    return Table(columns, units, caption=_("What the code has stood for"))


def way_table(way: Resolution) -> Table:
    """Each step from a code to the units of today."""
    columns = [
        Column(_("Before"), lambda step: _unit(step.old)),
        Column(_("After"), lambda step: _unit(step.new)),
        Column(_("When"), lambda step: step.date),
        Column(_("What happened"), _event),
        Column(_("Confirmed"), "verified"),
    ]
    return Table(columns, way.steps, caption=_("The way to today"))


def changes_table(changes: Iterable[DivisionChange]) -> Table:
    """Events that name a code."""
    columns = [
        Column(_("When"), "date"),
        Column(_("What happened"), lambda change: KINDS[Kind(change.kind)]),
        Column(_("Before"), lambda change: _side(change.old_code, change.old_name)),
        Column(_("After"), lambda change: _side(change.new_code, change.new_name)),
        Column(_("Document"), "document"),
        Column(_("Confirmed"), "verified"),
    ]
    return Table(columns, changes, empty=_("No change is known"), caption=_("Changes"))


def today(way: Resolution) -> SafeString:
    """The units of today that a code leads to."""
    return format_html_join(" · ", "{}", ((_unit(unit),) for unit in way.today))


def place(units: Iterable[Division]) -> SafeString:
    """A unit with all those above it, the province first."""
    return format_html_join(" / ", "{}", ((_linked(unit.code, unit.name),) for unit in units))


def _linked(code: str, text: str) -> SafeString:
    return parts.link(reverse("sharing:division", args=[code]), text)


def _unit(unit: Division) -> SafeString:
    return format_html("<span>{} <code>{}</code></span>", _linked(unit.code, unit.name), unit.code)


def _side(code: str, name: str) -> SafeString | str:
    return format_html("<span>{} <code>{}</code></span>", name, code) if code else ""


def _period(unit: Division) -> str:
    return f"{unit.valid_from or '…'} – {unit.valid_to or ('' if unit.status is Status.CURRENT else '…')}"


def _event(step: Step) -> SafeString:
    return format_html("<span>{} <small>{}</small></span>", KINDS[step.kind], step.document or step.note)
