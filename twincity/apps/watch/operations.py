"""What an operator asks of the watch by the command line."""

from __future__ import annotations

from typing import Any

import msgspec
from django.conf import settings

from twincity.apps.watch import queries, rules, services
from twincity.kernel.operations import operation


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters."""


@operation("watch.alerts")
def alerts(_: Nothing) -> list[dict[str, Any]]:
    """Alerts that hold now, for other monitoring."""
    return [
        {
            "kind": each.kind,
            "subject": each.subject,
            "severity": each.severity,
            "text": each.text,
            "since": each.opened_at,
            "taken_by": each.taken_by,
        }
        for each in queries.alerts(closed=False)
    ]


@operation("watch.limits")
def limits(given: rules.Limits) -> dict[str, Any]:
    """Set the limits beyond which alerts are raised; those left out get the project's own."""
    return msgspec.to_builtins(services.set_limits(limits=given, by=f"operator of {settings.CONFIG.id}"))
