"""Reads of the catalogue. They work without any other node: every node holds the whole circle's entries."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Case, Count, IntegerField, QuerySet, Value, When

from twincity.engines.catalogue.documents import Dataset, Document, Kind, ServiceDescription, content_of, words
from twincity.engines.catalogue.models import Entry, QualityRun
from twincity.engines.catalogue.rules import Outcome, Quality, Standard
from twincity.kernel.locale_text import LocalText

MAX_QUERY_TERMS = 16
"""Terms of a query that count; each costs one comparison with every entry."""


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


def search(*, text: str = "", kind: str = "", owner: str = "") -> QuerySet[Entry]:
    """Entries in force in which every term of ``text`` occurs, those with most terms in name and title first.

    Words match by their beginning, Chinese by pairs of characters, so that 区划代码 also finds 代码 and 区划 apart.
    Without a text, the newest come first.
    """
    found = _matching(text, kind, owner)
    if not text.strip():
        return found.order_by("-published_at", "identifier")
    hits = [Case(When(head__contains=each, then=1), default=0, output_field=IntegerField()) for each in _patterns(text)]
    return found.annotate(rank=sum(hits, Value(0))).order_by("-rank", "name", "identifier")


def facets(*, text: str = "", kind: str = "", owner: str = "") -> tuple[Counter[str], Counter[str]]:
    """How many entries each kind and each owner would show; a choice in one does not narrow its own counts."""
    return _counted(_matching(text, "", owner), "kind"), _counted(_matching(text, kind, ""), "owner")


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


def content(found: Entry) -> Standard | Dataset | ServiceDescription:
    """The typed content of an entry."""
    entry = record(found)
    document = Document(
        kind=entry.kind,
        owner=entry.owner,
        name=entry.name,
        version=entry.version,
        title=entry.title,
        at=entry.published_at,
        body=entry.body,
    )
    return content_of(document)


def standard_of(found: Entry) -> Standard:
    """The standard that an entry states.

    Raises:
        TypeError: when the entry is of another kind.
    """
    stated = content(found)
    if not isinstance(stated, Standard):
        raise TypeError(f"{found.identifier} is no standard")
    return stated


def known(owner: str, indexes: list[int]) -> set[int]:
    """Those places in an owner's log whose documents the table holds."""
    rows = Entry.objects.filter(owner=owner)
    documents = rows.filter(log_index__in=indexes).values_list("log_index", flat=True)
    withdrawals = rows.filter(withdrawn_index__in=indexes).values_list("withdrawn_index", flat=True)
    return {*documents, *(place for place in withdrawals if place is not None)}


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


def _matching(text: str, kind: str, owner: str) -> QuerySet[Entry]:
    chosen = {"kind": kind, "owner": owner}
    found = _current().filter(**{name: value for name, value in chosen.items() if value})
    patterns = _patterns(text)
    if text.strip() and not patterns:
        return found.none()
    for pattern in patterns:
        found = found.filter(words__contains=pattern)
    return found


def _patterns(text: str) -> list[str]:
    """A single Chinese character may stand anywhere in a term, everything else at the beginning of one."""
    return [term if len(term) == 1 and not term.isascii() else f" {term}" for term in words(text)[:MAX_QUERY_TERMS]]


def _counted(found: QuerySet[Entry], column: str) -> Counter[str]:
    return Counter(dict(found.order_by().values_list(column).annotate(Count("pk"))))
