"""Checking a registered source and offering it: dataset and service in the catalogue, calls through the exchange."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from twincity.apps.sharing.models import Source, SourceVersion
from twincity.apps.sharing.queries import sources as queries
from twincity.apps.sharing.services.sources import offering
from twincity.apps.sharing.services.sources.runs import Run
from twincity.engines.catalogue import facade as catalogue
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import INVALID, Problem


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run: rows judged, the report in short, identifiers in the catalogue."""

    rows: int
    verdict: str
    scores: dict[catalogue.Quality, int | None]
    entries: tuple[str, ...] = ()


Sets = Mapping[str, Iterable[str]]


def publish_source(name: str, run: Run | None = None, *, offer: bool = True, sets: Sets | None = None) -> Outcome:
    """Check the newest version of a source, and publish it unless the run is cancelled.

    Args:
        name: of the source.
        run: is told how far the check is, and can cancel it.
        offer: whether to publish, or only to check.
        sets: values of the sets outside of the standard that it refers to, by their id.

    Raises:
        Problem: ``not-found``, ``table-worker``, ``standard-set-missing``, or as the catalogue's.
    """
    source = queries.source(name)
    version = queries.newest(source)
    if version is None:
        raise Problem(INVALID, field="name", name="name", reason="no version")
    standard = queries.standard(source)
    report = _checked(source, version, standard, run or Run(name), sets or {})
    entries = () if not offer or report.verdict == "cancelled" else _published(source, version, standard, report)
    return Outcome(rows=report.rows, verdict=report.verdict, scores=report.scores, entries=entries)


def _checked(
    source: Source, version: SourceVersion, standard: catalogue.Standard, run: Run, sets: Sets
) -> catalogue.QualityReport:
    with catalogue.Worker(queries.folder()) as worker:
        run.worker = worker
        return catalogue.check_table(
            dataset=source.name,
            table=queries.table(source, version),
            standard=standard,
            worker=worker,
            sets=sets,
            progress=run.progress,
        )


def _published(
    source: Source, version: SourceVersion, standard: catalogue.Standard, report: catalogue.QualityReport
) -> tuple[str, ...]:
    dataset = catalogue.publish_dataset(dataset=_dataset(source, version, report))
    service = offering.service_of(source, version, standard)
    described = catalogue.publish_service(description=service.describe())
    source.published, source.changed = True, clock.now()
    source.save(update_fields=["published", "changed"])
    offering.offer(service)
    return dataset.identifier, described.identifier


def _dataset(source: Source, version: SourceVersion, report: catalogue.QualityReport) -> catalogue.Dataset:
    return catalogue.Dataset(
        name=source.name,
        title=msgspec.convert(source.title, LocalText),
        description=msgspec.convert(source.description, LocalText),
        standard=source.standard,
        licence=source.licence,
        rhythm=msgspec.convert(source.rhythm, catalogue.Rhythm),
        division=source.division,
        rows=version.rows,
        sha256=version.fingerprint,
        quality=catalogue.QualitySummary(verdict=report.verdict, scores=report.scores),
        lineage=lineage(source, version),
    )


def lineage(source: Source, version: SourceVersion) -> tuple[catalogue.Origin, ...]:
    """What a version was made from, in the order in which it came about; file names stay at home."""
    delivered: Literal["table", "file"] = "table" if source.kind == Source.Kind.SQL else "file"
    mapping = ", ".join(f"{column} → {field}" for field, column in version.mapping.items())[:400]
    return (
        *(catalogue.Origin(kind="dataset", reference=each) for each in source.made_from),
        catalogue.Origin(kind=delivered, reference=source.kind, sha256=version.origin_digest),
        catalogue.Origin(kind="mapping", reference=mapping),
    )
