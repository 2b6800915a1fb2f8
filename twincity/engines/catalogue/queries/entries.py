"""Reads of the catalogue. They work without any other node: every node holds the whole circle's entries."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import QuerySet

from twincity.engines.catalogue.documents import Content, Document, Kind, content_of
from twincity.engines.catalogue.models import Entry, QualityRun
from twincity.engines.catalogue.rules import Outcome, Quality, Standard
from twincity.kernel.locale_text import LocalText


class EntryRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as other units see it; times in seconds since 1970."""

    identifier: str
    kind: Kind
    owner: str
    name: str
    version: str
    title: LocalText
    body: dict[str, Any]
    log_index: int
    """Place in the owner's public log."""
    kid: str
    published_at: int
    superseded: bool
    withdrawn: bool


def record(found: Entry) -> EntryRecord:
    """The struct of one entry."""
    return EntryRecord(
        identifier=found.identifier,
        kind=msgspec.convert(found.kind, Kind),
        owner=found.owner,
        name=found.name,
        version=found.version,
        title=msgspec.convert(found.title, LocalText),
        body=found.body,
        log_index=found.log_index,
        kid=found.kid,
        published_at=int(found.published_at.timestamp()),
        superseded=found.superseded,
        withdrawn=found.withdrawn_at is not None,
    )


def entry(identifier: str) -> Entry | None:
    """The entry of an identifier, whether in force or not."""
    return Entry.objects.filter(pk=identifier).first()


def versions(*, owner: str, kind: str, name: str) -> QuerySet[Entry]:
    """All that an owner has published under a name, latest first."""
    return Entry.objects.filter(owner=owner, kind=kind, name=name).order_by("-log_index")


def in_force(*, kind: str, name: str, owner: str = "") -> Entry | None:
    """The entry of that name in force: the one of ``owner`` when it has one, else whoever published it first."""
    found = list(_current().filter(kind=kind, name=name).order_by("published_at", "identifier"))
    return next((each for each in found if each.owner == owner), found[0] if found else None)


def services_of(owner: str, dataset: str) -> list[Entry]:
    """The services in force with which an owner gives out one of its datasets."""
    return [each for each in _current().filter(kind="service", owner=owner) if each.body.get("dataset") == dataset]


def services_for(datasets: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[Entry]]:
    """As :func:`services_of` for many datasets at once, by owner and name; those without a service are left out."""
    found: dict[tuple[str, str], list[Entry]] = {}
    owners, names = {owner for owner, _ in datasets}, {name for _, name in datasets}
    for each in _current().filter(kind="service", owner__in=owners, body__dataset__in=names).order_by("pk"):
        if (key := (each.owner, each.body["dataset"])) in datasets:
            found.setdefault(key, []).append(each)
    return found


def current_names(kind: str, start: int, limit: int | None) -> Iterator[tuple[str, str]]:
    """Owner and name of the entries of a kind in force, in that order."""
    rows = _current().filter(kind=kind).order_by("owner", "name").values_list("owner", "name")
    return rows[start : None if limit is None else start + limit].iterator()


def content(found: Entry) -> Content:
    """The typed content of an entry."""
    return content_of(document_of(found))


def document_of(found: Entry) -> Document:
    """The document that an entry keeps."""
    entry = record(found)
    return Document(
        kind=entry.kind,
        owner=entry.owner,
        name=entry.name,
        version=entry.version,
        title=entry.title,
        at=entry.published_at,
        body=entry.body,
    )


def standard_of(found: Entry) -> Standard:
    """The standard that an entry states.

    Raises:
        TypeError: when the entry is of another kind.
    """
    stated = content(found)
    if not isinstance(stated, Standard):
        raise TypeError(f"{found.identifier} is no standard")
    return stated


def known(places: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of some places in logs, each with the log's owner, whose documents the table holds."""
    owners, indexes = {owner for owner, _ in places}, {index for _, index in places}
    rows = Entry.objects.filter(owner__in=owners)
    documents = rows.filter(log_index__in=indexes).values_list("owner", "log_index")
    withdrawals = rows.filter(withdrawn_index__in=indexes).values_list("owner", "withdrawn_index")
    return {*documents, *((owner, place) for owner, place in withdrawals if place is not None)}


def latest_run(dataset: str) -> QualityRun | None:
    """The last quality run over a dataset of this node."""
    return QualityRun.objects.filter(dataset=dataset).order_by("-started", "-id").first()


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One quality run of a dataset of this node, as other units see it."""

    id: str
    dataset: str
    standard: str
    version: str
    started: datetime
    ended: datetime
    rows: int
    verdict: str
    scores: dict[Quality, int | None]
    outcomes: tuple[Outcome, ...]


def runs(dataset: str) -> list[RunRecord]:
    """The runs of a dataset that are kept, the latest first."""
    found = QualityRun.objects.filter(dataset=dataset).order_by("-started", "-id")
    return [msgspec.convert(each, RunRecord) for each in found.values()]


def _current() -> QuerySet[Entry]:
    return Entry.objects.filter(superseded=False, withdrawn_at=None)
