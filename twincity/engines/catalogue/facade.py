"""The catalogue's door for other engines and apps."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

from twincity.engines.catalogue import queries, services
from twincity.engines.catalogue.columnar import Table
from twincity.engines.catalogue.columnar.reading import typed
from twincity.engines.catalogue.columnar.tasks import (
    Condition,
    Extract,
    Extracted,
    Fingerprint,
    Seen,
    Select,
    Tabulate,
    Tabulated,
)
from twincity.engines.catalogue.columnar.worker import Answering, Worker
from twincity.engines.catalogue.documents import (
    Dataset,
    Kind,
    Origin,
    QualitySummary,
    Rhythm,
    ServiceDescription,
    TableDigest,
    digest_rows,
    identifier_of,
)
from twincity.engines.catalogue.queries import EntryRecord, RunRecord
from twincity.engines.catalogue.rules import (
    GRADES,
    Comparison,
    Field,
    Grade,
    Outcome,
    Quality,
    QualityReport,
    Standard,
    compatible,
    field_mask,
    highest_grade,
    json_schema,
    read_standard,
)
from twincity.kernel.locale_text import LocalText

__all__ = [
    "GRADES",
    "Answering",
    "Comparison",
    "Condition",
    "Dataset",
    "EntryRecord",
    "Extract",
    "Extracted",
    "Field",
    "Fingerprint",
    "Grade",
    "Kind",
    "Origin",
    "Outcome",
    "Quality",
    "QualityReport",
    "QualitySummary",
    "Rhythm",
    "RunRecord",
    "Seen",
    "Select",
    "ServiceDescription",
    "Standard",
    "Table",
    "TableDigest",
    "Tabulate",
    "Tabulated",
    "Worker",
    "check_quality",
    "check_table",
    "compatible",
    "digest_rows",
    "entry",
    "field_mask",
    "highest_grade",
    "identifier_of",
    "json_schema",
    "publish_dataset",
    "publish_service",
    "publish_standard",
    "quality_runs",
    "read_standard",
    "search",
    "standard",
    "take_in",
    "typed",
    "withdraw",
]


def search(*, text: str = "", kind: str = "", owner: str = "", limit: int = 50) -> list[EntryRecord]:
    """Entries of the whole circle that are in force, best first; see :func:`queries.search`."""
    return [queries.record(found) for found in queries.search(text=text, kind=kind, owner=owner)[:limit]]


def entry(*, identifier: str) -> EntryRecord | None:
    """The entry of an identifier URI, in force or not."""
    found = queries.entry(identifier)
    return queries.record(found) if found else None


def standard(*, name: str, owner: str = "") -> Standard | None:
    """A standard by identifier URI, or the one in force by name, the owner's own before any other's."""
    found = queries.entry(name) if "/" in name else queries.in_force(kind="standard", name=name, owner=owner)
    return queries.standard_of(found) if found else None


def publish_standard(*, standard: Standard) -> EntryRecord:
    """Publish a version of a standard. Raises as :func:`services.publish_standard`."""
    return queries.record(services.publish_standard(standard=standard))


def publish_dataset(*, dataset: Dataset) -> EntryRecord:
    """Publish a dataset. Raises as :func:`services.publish_dataset`."""
    return queries.record(services.publish_dataset(dataset=dataset))


def publish_service(*, description: dict[str, Any]) -> EntryRecord:
    """Publish a service. Raises as :func:`services.publish_service`."""
    return queries.record(services.publish_service(description=description))


def withdraw(*, identifier: str, reason: LocalText) -> EntryRecord:
    """Withdraw an entry of this node. Raises as :func:`services.withdraw`."""
    return queries.record(services.withdraw(identifier=identifier, reason=reason))


def check_quality(
    *,
    dataset: str,
    rows: Iterable[Mapping[str, Any]],
    standard: Standard,
    sets: Mapping[str, Container[str]] | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> QualityReport:
    """Check a dataset of this node and keep the report. Raises as :func:`services.check_quality`."""
    return services.check_quality(
        dataset=dataset, rows=rows, standard=standard, sets=sets, progress=progress, cancelled=cancelled
    )


def check_table(
    *,
    dataset: str,
    table: Table,
    standard: Standard,
    worker: Worker,
    sets: Mapping[str, Iterable[str]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> QualityReport:
    """Check a table on disk in a child process and keep the report. Raises as :func:`services.check_table`."""
    return services.check_table(
        dataset=dataset, table=table, standard=standard, worker=worker, sets=sets, progress=progress
    )


def quality_runs(*, dataset: str) -> list[RunRecord]:
    """The quality runs of a dataset of this node that are kept, the latest first."""
    return queries.runs(dataset)


def take_in() -> int:
    """Index now what members have published; the job ``catalogue.index`` does it each second. How many were new."""
    return services.take_in()
