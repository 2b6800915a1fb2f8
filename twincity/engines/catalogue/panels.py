"""The catalogue's panel on the first page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from twincity.engines.catalogue import queries, tables
from twincity.kernel.ui.panels import panel

SHOWN = 6


@panel(order=20)
def newest(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:  # noqa: ARG001  a panel's signature
    """What was published last in the whole circle; nothing while the catalogue is empty."""
    found = queries.search(()).entries(limit=SHOWN)
    if not found:
        return None
    return "catalogue/newest.html", {"table": tables.entries_table(found, empty=_("Nothing is published yet"))}


@panel(order=19)
def unread(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """How many changes that one subscribed to are new; nothing while there are none."""
    count = queries.unread(request.user.get_username()) if request.user.is_authenticated else 0
    return ("catalogue/unread.html", {"unread": count}) if count else None
