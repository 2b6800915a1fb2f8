"""The background door: look at the node, collect exports, clear away old ones."""

from __future__ import annotations

from typing import Any

from twincity.apps.watch import queries, rules, services
from twincity.engines.circle import facade as circle
from twincity.kernel import clock
from twincity.kernel.jobs import job, jobs
from twincity.kernel.metrics import REGISTRY

ALERTS = REGISTRY.gauge("twincity_alerts", "Alerts that hold now")
_failures: dict[str, int] = {}
"""Failures of each job when it was last looked at."""


@job("watch.look", every=15)
def look(_: Any) -> None:
    """Judge the node by its limits, and open or close alerts."""
    measured = queries.measured(_failed())
    found = rules.findings(measured, queries.limits())
    ALERTS.labels().set(services.reconcile(findings=found, now=clock.now()))


@job("watch.export", every=1)
def export(_: Any) -> None:
    """Collect the next export."""
    if circle.is_open():
        services.collect_next()


@job("watch.expire", every=3600)
def expire(_: Any) -> None:
    """Delete exports that have lain ready for long enough."""
    services.expire()


def _failed() -> list[tuple[str, str]]:
    more = [each for each in jobs() if each.counts.failures > _failures.get(each.name, 0)]
    _failures.update({each.name: each.counts.failures for each in more})
    return [(each.name, each.counts.last_error) for each in more]
