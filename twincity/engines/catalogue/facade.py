"""The catalogue's door for other engines and apps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

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
    Distribution,
    Distributions,
    Duty,
    DutyList,
    Kind,
    Origin,
    QualitySummary,
    Rhythm,
    ServiceDescription,
    TableDigest,
    digest_rows,
    identifier_of,
)
from twincity.engines.catalogue.queries import EntryRecord, Order, RunRecord, SharedRecord, Span
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
from twincity.engines.catalogue.rules.mapping import Breakage, Mapped, RowFunction, suggest
from twincity.engines.catalogue.rules.mapping import Mapping as FieldMappings
from twincity.engines.catalogue.rules.versions import Advice
from twincity.kernel.locale_text import LocalText

__all__ = [
    "GRADES",
    "Advice",
    "Answering",
    "Breakage",
    "Comparison",
    "Condition",
    "Dataset",
    "Distribution",
    "Distributions",
    "Duty",
    "DutyList",
    "EntryRecord",
    "Extract",
    "Extracted",
    "Field",
    "FieldMappings",
    "Fingerprint",
    "FoundRecords",
    "Grade",
    "Kind",
    "Mapped",
    "Order",
    "Origin",
    "Outcome",
    "Quality",
    "QualityReport",
    "QualitySummary",
    "Rhythm",
    "RowFunction",
    "RunRecord",
    "Seen",
    "Select",
    "ServiceDescription",
    "SharedRecord",
    "Span",
    "Standard",
    "Table",
    "TableDigest",
    "Tabulate",
    "Tabulated",
    "Worker",
    "check_quality",
    "check_table",
    "compatible",
    "compile_mapping",
    "current_names",
    "dataset_of",
    "digest_rows",
    "distributions",
    "endorse",
    "entry",
    "fetch_distributions",
    "field_mask",
    "find",
    "has_distributions",
    "highest_grade",
    "identifier_of",
    "in_force",
    "json_schema",
    "keep_distributions",
    "publish_dataset",
    "publish_duties",
    "publish_service",
    "publish_standard",
    "publish_version",
    "quality_runs",
    "read_standard",
    "refuse_standard",
    "save_mapping",
    "saved_mapping",
    "search",
    "services_for",
    "shared_standards",
    "standard",
    "suggest_mapping",
    "take_in",
    "try_mapping",
    "typed",
    "version_advice",
    "withdraw",
    "withdraw_endorsement",
]


def search(*, text: str = "", limit: int = 50, start: int = 0, **chosen: str) -> list[EntryRecord]:
    """Entries of the whole circle that are in force, best first.

    ``chosen`` narrows as :func:`queries.search` does, which also says what it raises.
    """
    found = queries.search((), text=text, **chosen)
    return [queries.record(each) for each in found.entries(start, limit)]


class FoundRecords(msgspec.Struct, frozen=True):
    """What a search came to: the entries of the part asked for, how many there are, counts by facet and value."""

    total: int
    counts: Mapping[str, Mapping[str, int]]
    records: list[EntryRecord]


def find(
    facets: tuple[str, ...] = (),
    order: Order = "best",
    span: Span | None = None,
    /,
    *,
    text: str = "",
    start: int = 0,
    limit: int = 50,
    **chosen: str,
) -> FoundRecords:
    """As :func:`search`, with total, counts, order and time. Raises as :func:`queries.search`."""
    found = queries.search(facets, order, span, text=text, **chosen)
    return FoundRecords(found.total, found.counts, [queries.record(each) for each in found.entries(start, limit)])


def in_force(*, kind: Kind, owner: str, name: str) -> EntryRecord | None:
    """The entry in force of an owner, kind and name."""
    found = queries.in_force(kind=kind, name=name, owner=owner)
    return queries.record(found) if found and found.owner == owner else None


def current_names(*, kind: Kind, start: int = 0, limit: int | None = None) -> Iterator[tuple[str, str]]:
    """Owner and name of the entries of a kind that are in force, in that order."""
    return queries.current_names(kind, start, limit)


def services_for(*, datasets: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[EntryRecord]]:
    """The services in force of datasets named by owner and name; those without any are left out."""
    found = queries.services_for(datasets)
    return {key: [queries.record(each) for each in services] for key, services in found.items()}


def dataset_of(*, record: EntryRecord) -> Dataset:
    """What the entry of a dataset says.

    Raises:
        msgspec.ValidationError: when it is of another kind.
    """
    title = msgspec.to_builtins(record.title)
    return msgspec.convert({**record.body, "name": record.name, "title": title}, Dataset)


def distributions(*, sha256: str, start: int = 0, limit: int | None = None) -> Iterator[Distribution]:
    """Lines of a list of distributions, one at a time. Raises as :func:`distributions.read`."""
    return services.distributions.read(sha256, start, limit)


def has_distributions(*, sha256: str) -> bool:
    """Whether this node has that list."""
    return services.distributions.path(sha256).exists()


def fetch_distributions(*, owner: str, dataset: Dataset) -> None:
    """Get the list of a dataset from its owner's node, unless it is here. Raises as :func:`distributions.page`."""
    services.distributions.page(owner, dataset, 0, 0)


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


def publish_duties(*, duties: DutyList) -> EntryRecord:
    """Publish a part of a list of duties. Raises as :func:`services.publish_duties`."""
    return queries.record(services.publish_duties(duties=duties))


def publish_service(*, description: dict[str, Any]) -> EntryRecord:
    """Publish a service. Raises as :func:`services.publish_service`."""
    return queries.record(services.publish_service(description=description))


def keep_distributions(*, distributions: Iterable[Distribution]) -> Distributions | None:
    """Keep a list of distributions on this node; what the dataset has to state of it, None for an empty one."""
    return services.distributions.keep(distributions)


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
    return services.take_in() + services.take_in_endorsements()


def version_advice(*, standard: Standard) -> Advice:
    """The least version that this node may publish a standard under, and why."""
    return services.version_advice(standard)


def publish_version(*, standard: Standard) -> EntryRecord:
    """Publish a standard whose version rises as its changes ask for. Raises as :func:`services.publish_checked`."""
    return queries.record(services.publish_checked(standard=standard))


def compile_mapping(*, name: str, version: int = 0, standard: Standard | None = None) -> RowFunction:
    """A saved mapping as a function from local rows to rows of its standard; it raises nothing, whatever they hold.

    Raises:
        Problem: ``not-found`` or ``mapping-faulty``.
    """
    return services.row_function(name=name, version=version, standard=standard)


def saved_mapping(*, name: str, version: int = 0) -> FieldMappings:
    """A saved mapping, the newest version for 0. Raises as :func:`services.saved_mapping`."""
    return services.saved_mapping(name=name, version=version)


def suggest_mapping(
    *, name: str, title: LocalText, standard: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> FieldMappings:
    """A mapping to begin with, from the names of columns and some rows; nothing is kept.

    Raises:
        Problem: ``not-found`` for an identifier that is no standard's.
    """
    fields = suggest(columns, rows, services.published_standard(standard))
    return FieldMappings(name=name, title=title, standard=standard, columns=tuple(columns), fields=fields)


def save_mapping(*, mapping: FieldMappings, by: str) -> int:
    """Keep a mapping; the number of its version. Raises as :func:`services.save_mapping`."""
    return services.save_mapping(mapping=mapping, by=by).version


def try_mapping(
    *,
    mapping: FieldMappings,
    rows: Iterable[Mapping[str, Any]],
    standard: Standard | None = None,
    sets: Mapping[str, Container[str]] | None = None,
) -> Breakage:
    """What breaks when rows are mapped; nothing is kept. Raises as :func:`services.try_mapping`."""
    return services.try_mapping(mapping=mapping, rows=rows, standard=standard, sets=sets)


def endorse(*, identifier: str) -> SharedRecord:
    """Sign a version of a standard for the whole circle. Raises as :func:`services.endorse`."""
    return _shared(services.endorse(identifier=identifier).standard)


def refuse_standard(*, identifier: str, reason: LocalText) -> SharedRecord:
    """Refuse a version that is proposed for the whole circle. Raises as :func:`services.refuse`."""
    return _shared(services.refuse(identifier=identifier, reason=reason).standard)


def withdraw_endorsement(*, identifier: str, reason: LocalText) -> SharedRecord:
    """Take this node's signature back. Raises as :func:`services.withdraw_endorsement`."""
    return _shared(services.withdraw_endorsement(identifier=identifier, reason=reason).standard)


def shared_standards() -> list[SharedRecord]:
    """All versions of standards that an anchor has spoken about, with the state of their sign-off."""
    return queries.shared_standards()


def _shared(identifier: str) -> SharedRecord:
    return next(each for each in queries.shared_standards() if each.entry.identifier == identifier)
