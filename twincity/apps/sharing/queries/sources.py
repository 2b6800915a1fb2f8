"""Reads of registered sources, and where their files lie."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import msgspec
from django.db.models import Max, Prefetch, QuerySet
from django.utils import timezone

from twincity.apps.sharing.models import Source, SourceVersion
from twincity.apps.sharing.sources import late
from twincity.engines.catalogue import facade as catalogue
from twincity.kernel import clock, home
from twincity.kernel.problems import NOT_FOUND, Problem


def folder() -> Path:
    """The folder of all sources in the node's home."""
    return home.current().path / "sources"


def drafts() -> Path:
    """The folder of what is not registered yet."""
    return folder() / "drafts"


def file(source: Source, digest: str) -> Path:
    """The file of a version."""
    return folder() / "versions" / source.name / f"{digest}.parquet"


def answering() -> catalogue.Answering:
    """The child process that answers calls; it may read this folder and no other."""
    return _answering(folder())


@cache
def _answering(read: Path) -> catalogue.Answering:
    return catalogue.Answering(read)


def sources() -> QuerySet[Source]:
    """All sources by name, each with its versions, the newest first."""
    newest = SourceVersion.objects.order_by("-number")
    return Source.objects.order_by("name").prefetch_related(Prefetch("versions", newest))


def source(name: str) -> Source:
    """The source of a name.

    Raises:
        Problem: ``not-found``.
    """
    found = sources().filter(name=name).first()
    if found is None:
        raise Problem(NOT_FOUND, field="name", what=f"source {name}")
    return found


def newest(found: Source) -> SourceVersion | None:
    """The latest version of a source from :func:`sources`."""
    return next(iter(found.versions.all()), None)


def stamp() -> tuple[int, object]:
    """Changes whenever a source does."""
    return Source.objects.count(), Source.objects.aggregate(last=Max("changed"))["last"]


def table(found: Source, version: SourceVersion) -> catalogue.Table:
    """The rows of a version, named by the fields of the standard."""
    return catalogue.Table(str(file(found, version.digest)), dict(version.mapping))


def standard(found: Source) -> catalogue.Standard:
    """The standard that a source follows.

    Raises:
        Problem: ``not-found`` when this node has never seen it.
    """
    known = catalogue.standard(name=found.standard)
    if known is None:
        raise Problem(NOT_FOUND, field="standard", what=found.standard)
    return known


def days_late(found: Source, today: date | None = None) -> int:
    """Days since a source should have been brought up to date."""
    version = newest(found)
    if version is None:
        return 0
    day = today or timezone.localdate(clock.now())
    return late(timezone.localdate(version.at), msgspec.convert(found.rhythm, catalogue.Rhythm), day)


def overdue() -> list[tuple[Source, int]]:
    """Published sources whose next delivery is late, with the days, the latest first."""
    found = [(each, days_late(each)) for each in sources().filter(published=True)]
    return sorted((pair for pair in found if pair[1]), key=lambda pair: -pair[1])


def column(seen: dict[str, object]) -> catalogue.Seen:
    """A column as it was kept."""
    return msgspec.convert(seen, catalogue.Seen)
