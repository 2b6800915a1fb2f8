"""Alerts opened, kept up to date and closed as findings come and go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from twincity.apps.watch import rules
from twincity.apps.watch.models import Alert, OwnLimits
from twincity.engines.exchange import facade as exchange
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, Problem


@transaction.atomic
def reconcile(*, findings: Iterable[rules.Finding], now: datetime) -> int:
    """Open an alert for each new finding, renew those that hold, close those that have been over for a while.

    Returns:
        How many alerts are open.
    """
    found = {(each.kind, each.subject): each for each in findings}
    for alert in Alert.objects.select_for_update().filter(closed_at=None):
        finding = found.pop((alert.kind, alert.subject), None)
        if finding is not None:
            _renew(alert, finding, now)
        elif alert.seen_at <= now - timedelta(seconds=rules.SETTLED_SECONDS):
            alert.closed_at = now
            alert.save(update_fields=["closed_at"])
    for finding in found.values():
        fresh = Alert(kind=finding.kind, subject=finding.subject, opened_at=now)
        _renew(fresh, finding, now)
    return Alert.objects.filter(closed_at=None).count()


def take(*, alert_id: str, by: str, note: str) -> Alert:
    """Say who looks into an alert, and what is known of it.

    Raises:
        Problem: ``not-found``.
    """
    changed = {"taken_by": by[:150], "taken_at": clock.now(), "note": note[:400]}
    if not Alert.objects.filter(pk=alert_id).update(**changed):
        raise Problem(NOT_FOUND, field="alert", what=f"alert {alert_id}")
    return Alert.objects.get(pk=alert_id)


def set_limits(*, limits: rules.Limits, by: str) -> rules.Limits:
    """Put the operator's own limits in force; the ledger keeps who did, since limits decide what goes unnoticed."""
    body = msgspec.to_builtins(limits)
    OwnLimits.objects.update_or_create(pk=1, defaults={"body": body})
    exchange.record_act(kind="watch-limits", identifier="limits", facts=body | {"by": by})
    return limits


def _renew(alert: Alert, finding: rules.Finding, now: datetime) -> None:
    alert.severity, alert.text, alert.seen_at = finding.severity, msgspec.to_builtins(finding.text), now
    alert.save()
