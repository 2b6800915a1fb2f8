"""Bulk deliveries: their list, one of them, what may be done with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.exchange.models import Transfer
from twincity.engines.exchange.services import fetching
from twincity.engines.exchange.tables.words import title
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table


def transfers_table(rows: Iterable[Transfer]) -> Table:
    """Deliveries, each leading to its page."""
    columns = [
        Column(_("File"), _file),
        Column(_("Partner"), lambda row: title(row.provider)),
        Column(_("State"), state),
        Column(_("Received"), lambda row: progress(row, fetching.received(row.id)), "number"),
        Column(_("Since"), lambda row: parts.instant(row.created, "minute")),
    ]
    return Table(columns, rows, empty=_("No file has been fetched yet"), caption=_("Bulk deliveries"))


def facts(row: Transfer) -> list[tuple[Any, Any]]:
    """One delivery."""
    found = [
        (_("State"), state(row)),
        (_("Partner"), title(row.provider)),
        (_("File"), format_html("<code>{}<wbr>{}</code> <code>{}</code>", row.service, row.path, row.query)),
        (_("Purpose"), format_html("<code>{}</code>", row.purpose)),
        (_("Received"), progress(row, row.received)),
        (_("SHA-256 as signed by the partner"), parts.ident(row.sha256) if row.sha256 else ""),
        (_("Began"), parts.instant(row.created)),
        (_("Begun by"), row.by),
    ]
    return [*found, (_("What held it up"), row.error)] if row.error else found


def acts(row: Transfer) -> list[tuple[str, str]]:
    """What a person may do with it now, by name and words."""
    words = {"pause": _("Pause"), "resume": _("Resume"), "cancel": _("Cancel")}
    leads = {"waiting": ("pause", "cancel"), "running": ("pause", "cancel"), "paused": ("resume", "cancel")}
    return [(name, words[name]) for name in leads.get(row.state, ())]


def state(row: Transfer) -> SafeString:
    """The state in words."""
    words = {
        "waiting": (_("waiting"), "busy"),
        "running": (_("running"), "busy"),
        "paused": (_("paused"), "quiet"),
        "done": (_("done"), "good"),
        "failed": (_("failed"), "bad"),
        "cancelled": (_("cancelled"), "quiet"),
    }
    return parts.pill(*words[row.state])


def progress(row: Transfer, received: int) -> str:
    """Bytes that have come, and how many that is of a hundred."""
    if not row.size:
        return _("%(count)s bytes") % {"count": f"{received:,}"}
    given = {"count": f"{received:,}", "size": f"{row.size:,}", "share": received * 100 // row.size}
    return _("%(count)s of %(size)s bytes (%(share)s %%)") % given


def _file(row: Transfer) -> SafeString:
    return parts.link(reverse("exchanges-transfer", args=[row.id]), format_html("{}<wbr>{}", row.service, row.path))
