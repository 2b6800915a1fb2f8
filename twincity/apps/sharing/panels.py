"""The app's panels on the first page: data that are late, and systems that do not answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from twincity.apps.sharing.queries import sources as queries
from twincity.apps.sharing.queries import systems
from twincity.apps.sharing.tables import sources as tables
from twincity.apps.sharing.tables import systems as system_tables
from twincity.engines.identity.facade import has_role
from twincity.kernel.ui.panels import panel


@panel(order=40)
def overdue(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """Sources whose next delivery is late, for stewards; nothing while all are in time."""
    if not has_role(account=request.user, role="steward"):
        return None
    late = queries.overdue()
    if not late:
        return None
    return "sharing/overdue.html", {"table": tables.sources_table(source for source, _days in late)}


@panel(order=39)
def silent(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """Published services whose systems do not answer, for stewards and operators; nothing while all do."""
    if not any(has_role(account=request.user, role=role) for role in ("steward", "operator")):
        return None
    found = systems.silent()
    return ("sharing/silent.html", {"table": system_tables.services_table(found)}) if found else None
