"""Keeping the search index and the order of changes with the entries, in the same transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from twincity.engines.catalogue.documents import Traits, terms, texts_in, traits_of
from twincity.engines.catalogue.models import Act, Change, Entry, Indexed
from twincity.engines.catalogue.queries.entries import document_of

Line = tuple[str, str, str]
"""Owner, kind and name: of the entries on one line the last is in force."""
_LOCK = 7_310_579
_SIDES = ("west", "south", "east", "north")
_COLUMNS = ("entry", "published", "head", "words", "traits", *_SIDES, "seq")
_SILENT = frozenset({"sha256", "distributions", "bbox"})
"""Members of a body that nobody searches for as words."""


class Happened(NamedTuple):
    """Something that becomes a row of the order of changes."""

    act: Act
    entry: Entry
    log_index: int


def one_writer() -> None:
    """Wait for whoever else writes to the catalogue: changes must become visible in their order.

    SQLite's transactions begin by this anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def note(happened: Sequence[Happened]) -> dict[Line, int]:
    """Append to the order of changes; the last number of each line. For the transaction of :func:`one_writer`."""
    last = Change.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    first = max(last + 1, time.time_ns() // 1000)
    numbered = list(enumerate(happened, first))
    Change.objects.bulk_create(
        Change(seq=seq, act=act, identifier=entry.pk, owner=entry.owner, log_index=log_index)
        for seq, (act, entry, log_index) in numbered
    )
    return {line_of(each.entry): seq for seq, each in numbered}


def index(changed: Mapping[Line, int], in_force: Iterable[Entry]) -> None:
    """Write the search rows of changed lines: of the entry in force, or an empty one where there is none."""
    rows = {line_of(entry): _row(entry) for entry in in_force}
    for line, seq in changed.items():
        row = rows.setdefault(line, _empty(line))
        row.seq = seq
    Indexed.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["owner", "kind", "name"], update_fields=_COLUMNS
    )


def line_of(entry: Entry) -> Line:
    """The line of an entry."""
    return entry.owner, entry.kind, entry.name


def head_of(entry: Entry) -> str:
    """Terms of name and title, between spaces."""
    return _between(entry.name, *entry.title.values())


def words_of(entry: Entry) -> str:
    """Terms of everything else."""
    return _between(*texts_in({name: value for name, value in entry.body.items() if name not in _SILENT}))


def traits(entry: Entry) -> Traits:
    """Values by facet."""
    return traits_of(document_of(entry))


def _row(entry: Entry) -> Indexed:
    return Indexed(
        entry=entry,
        owner=entry.owner,
        kind=entry.kind,
        name=entry.name,
        published=int(entry.published_at.timestamp()),
        head=head_of(entry),
        words=words_of(entry),
        traits=traits(entry),
        **_sides(entry),
    )


def _sides(entry: Entry) -> dict[str, float]:
    return dict(zip(_SIDES, map(float, entry.body.get("bbox") or ()), strict=False))


def _empty(line: Line) -> Indexed:
    owner, kind, name = line
    return Indexed(entry=None, owner=owner, kind=kind, name=name, published=0, head="", words="", traits={})


def _between(*texts: str) -> str:
    return f" {' '.join(terms(*texts))} "
