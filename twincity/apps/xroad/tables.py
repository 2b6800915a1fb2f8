"""Tables of the page."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from twincity.apps.xroad.models import SecurityServer
from twincity.apps.xroad.rules.configuration import Client
from twincity.engines.exchange.facade import OutsideName, identifiers
from twincity.kernel.ui.tables import Column, Table

MOST = 500


def names_table(rows: Iterable[OutsideName]) -> Table:
    """Names that the operator gave."""
    columns = [
        Column(_("Name"), lambda row: identifiers.write(row.parts)),
        Column(_("Member"), "member"),
        Column(_("Local system"), lambda row: row.system or "—"),
        Column(_("Services"), lambda row: _pairs(row.services)),
        Column(_("Purposes"), lambda row: _pairs(row.purposes)),
        Column(_("Addresses without token"), lambda row: ", ".join(row.addresses) or "—"),
    ]
    return Table(columns, rows, empty=_("No name was given"), caption=_("Given names"))


def servers_table(rows: Iterable[SecurityServer]) -> Table:
    """Security Servers that may bring calls."""
    columns = [
        Column(_("Address"), "address"),
        Column(_("Title"), "title"),
        Column(_("Purpose of its calls"), "purpose"),
    ]
    return Table(columns, rows, empty=_("No Security Server may bring calls"), caption=_("Security Servers"))


def clients_table(rows: Iterable[Client]) -> Table:
    """Subsystems that have a name."""
    columns = [
        Column(_("Name"), lambda row: identifiers.write(row.parts)),
        Column(_("Title"), "title"),
        Column(_("Member"), "member"),
    ]
    return Table(columns, rows, empty=_("No subsystem has a name"), caption=_("Subsystems"))


def _pairs(given: dict[str, str]) -> str:
    return ", ".join(f"{code} → {name}" for code, name in given.items()) or "—"
