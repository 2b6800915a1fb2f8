"""Judging this node's own data, and keeping what came of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from twincity.engines.catalogue.columnar import Table
from twincity.engines.catalogue.columnar.tasks import Check
from twincity.engines.catalogue.columnar.worker import Worker
from twincity.engines.catalogue.models import QualityRun
from twincity.engines.catalogue.rules import QualityReport, Standard, check_rows
from twincity.kernel import clock

KEPT = 20
"""Runs of each dataset that are kept."""


def check_quality(
    *,
    dataset: str,
    rows: Iterable[Mapping[str, Any]],
    standard: Standard,
    sets: Mapping[str, Container[str]] | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> QualityReport:
    """Run a standard over the rows of a dataset of this node and keep the report.

    Args:
        dataset: name in the catalogue.
        rows: read once, one after another.
        standard: what they have to follow.
        sets: the standard's external sets of values by id.
        progress: called with the number of rows now and then.
        cancelled: asked as often; the report then covers the rows until that moment, and is kept too.

    Raises:
        Problem: ``standard-faulty`` or ``standard-set-missing``; nothing is kept then.
    """
    started = clock.now()
    today = timezone.localtime(started).date()
    report = check_rows(standard, rows, today=today, sets=sets, progress=progress, cancelled=cancelled)
    _keep(dataset, report, started)
    return report


def check_table(
    *,
    dataset: str,
    table: Table,
    standard: Standard,
    worker: Worker,
    sets: Mapping[str, Iterable[str]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> QualityReport:
    """Run a standard over a table on disk in a child process, and keep the report.

    Args:
        dataset: name in the catalogue.
        table: a Parquet file below the worker's folder.
        standard: what its rows have to follow.
        worker: the child; cancelling it ends the run with the rows judged until then, and that is kept too.
        sets: the standard's external sets of values by id.
        progress: called with the rows judged and all rows.

    Raises:
        Problem: ``standard-faulty``, ``standard-set-missing`` or ``table-worker``; nothing is kept then.
    """
    started = clock.now()
    given = {name: tuple(values) for name, values in (sets or {}).items()}
    task = Check(table=table, standard=standard, sets=given, today=timezone.localtime(started).date())
    report = worker.ask(task, QualityReport, progress)
    _keep(dataset, report, started)
    return report


@transaction.atomic
def _keep(dataset: str, report: QualityReport, started: datetime) -> None:
    QualityRun.objects.create(
        dataset=dataset,
        standard=report.standard,
        version=report.version,
        started=started,
        ended=clock.now(),
        rows=report.rows,
        verdict=report.verdict,
        scores=msgspec.to_builtins(report.scores),
        outcomes=msgspec.to_builtins(report.outcomes),
    )
    _forget_old(dataset)


def _forget_old(dataset: str) -> None:
    runs = QualityRun.objects.filter(dataset=dataset)
    kept = runs.order_by("-started", "-id").values_list("pk", flat=True)[:KEPT]
    runs.exclude(pk__in=list(kept)).delete()
