"""Reads of the watch."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import timedelta
from math import inf
from pathlib import Path

import msgspec
from django.db.models import QuerySet

from twincity.apps.watch import rules
from twincity.apps.watch.models import Alert, Export, OwnLimits
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock, home
from twincity.kernel.problems import NOT_FOUND, Problem

SPANS: dict[str, tuple[int, exchange.Step]] = {"hour": (60, "minute"), "day": (1440, "hour"), "month": (43_200, "day")}
"""Minutes of a span of time on the page, and the steps it is drawn in."""


def limits() -> rules.Limits:
    """The limits in force: the operator's, or those the project ships."""
    own = OwnLimits.objects.filter(pk=1).first()
    return msgspec.convert(own.body, rules.Limits) if own else rules.Limits()


def traffic(span: str) -> list[exchange.Traffic]:
    """Traffic of a span of time by partner and side."""
    return exchange.traffic(clock.now() - timedelta(minutes=SPANS[span][0]))


def moments(span: str) -> list[exchange.Moment]:
    """Traffic of a span of time in its steps."""
    minutes, step = SPANS[span]
    return exchange.over_time(clock.now() - timedelta(minutes=minutes), step)


def alerts(*, closed: bool) -> QuerySet[Alert]:
    """Alerts that still hold, or those that were closed in the last days; the worst and newest first."""
    found = Alert.objects.order_by("severity", "-opened_at")
    if not closed:
        return found.filter(closed_at=None)
    return found.filter(closed_at__gte=clock.now() - timedelta(days=rules.KEPT_DAYS)).order_by("-closed_at")


def alert(identifier: str) -> Alert:
    """One alert.

    Raises:
        Problem: ``not-found``.
    """
    found = Alert.objects.filter(pk=identifier).first()
    if found is None:
        raise Problem(NOT_FOUND, field="alert", what=f"alert {identifier}")
    return found


def export(identifier: str) -> Export:
    """One export.

    Raises:
        Problem: ``not-found``.
    """
    found = Export.objects.filter(pk=identifier).first()
    if found is None:
        raise Problem(NOT_FOUND, field="export", what=f"export {identifier}")
    return found


def exports() -> QuerySet[Export]:
    """Exports, latest first."""
    return Export.objects.order_by("-asked_at")


def export_file(export: Export) -> Path:
    """Where an export's file lies."""
    return home.current().path / "exports" / f"{export.pk}.zip"


def _witnessed_ago() -> float:
    last = circle.witnessed_at(circle.member_id())
    return clock.unix() - last if last else inf


def measured(failed_jobs: Iterable[tuple[str, str]]) -> rules.Measured:
    """What the rules judge, as it is now.

    Args:
        failed_jobs: those that failed since the last look.
    """
    since = clock.now() - timedelta(minutes=rules.WINDOW_MINUTES)
    names = rules.Partner.__struct_fields__
    partners = [rules.Partner(**{name: getattr(each, name) for name in names}) for each in exchange.traffic(since)]
    known = circle.is_open() and circle.member_id() in circle.directory().members
    return rules.Measured(
        partners=tuple(partners),
        witnessed_ago=_witnessed_ago() if known else 0,
        failed_logs=tuple(name for name in ledger.NAMES if ledger.log(name).failure is not None),
        failed_jobs=tuple(failed_jobs),
        free_mebibytes=shutil.disk_usage(home.current().path).free >> 20,
    )
