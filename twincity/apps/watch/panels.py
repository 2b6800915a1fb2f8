"""The watch's panel on the first page: only when something is beyond its limit."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from twincity.apps.watch import queries, tables
from twincity.engines.identity.facade import Role, has_role
from twincity.kernel.ui.panels import panel

SHOWN = 5


@panel(order=1)
def alerts(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    """Alerts that hold, for those who keep the node running."""
    if not any(has_role(account=request.user, role=role) for role in (Role.OPERATOR, Role.AUDITOR)):
        return None
    found = list(queries.alerts(closed=False)[:SHOWN])
    return ("watch/panel.html", {"table": tables.alerts_table(found)}) if found else None
