"""Keeping the search index and the order of changes with the entries, in the same transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from twincity.engines.catalogue.documents import Document, terms, texts_in, traits_of
from twincity.engines.catalogue.models import Act, Change, Entry, Indexed
from twincity.engines.catalogue.services import bulk

Line = tuple[str, str, str]
"""Owner, kind and name: of the entries on one line the last is in force."""
_LOCK = 7_310_579
_LINE = ("owner", "kind", "name")
_SIDES = ("west", "south", "east", "north")
_NO_SIDES = (None, None, None, None)
_COLUMNS = ("seq", *_LINE, "entry", "published", "head", "words", "traits", *_SIDES)
_CHANGES = ("seq", "act", "identifier", "owner", "log_index")
_SILENT = frozenset({"sha256", "distributions", "bbox"})
"""Members of a body that nobody searches for as words."""


class Happened(NamedTuple):
    """Something that becomes a row of the order of changes."""

    act: Act
    identifier: str
    line: Line
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
    bulk.write(
        Change, _CHANGES, ((seq, each.act, each.identifier, each.line[0], each.log_index) for seq, each in numbered)
    )
    return {each.line: seq for seq, each in numbered}


def index(changed: Mapping[Line, int], in_force: Iterable[Document]) -> None:
    """Write the search rows of changed lines: of the entry in force, or an empty one where there is none."""
    there = {line_of(document): document for document in in_force}
    rows = ((seq, *line, *_row(there.get(line))) for line, seq in changed.items())
    bulk.write(Indexed, _COLUMNS, rows, unique=_LINE)


def line_of(entry: Entry | Document) -> Line:
    """The line of an entry."""
    return entry.owner, entry.kind, entry.name


def head_of(document: Document) -> str:
    """Terms of name and title, between spaces."""
    return _between(document.name, document.title.zh, document.title.en)


def words_of(document: Document) -> str:
    """Terms of everything else."""
    return _between(*texts_in({name: value for name, value in document.body.items() if name not in _SILENT}))


def _row(document: Document | None) -> tuple[Any, ...]:
    """What a search row holds behind its line."""
    if document is None:
        return (None, 0, "", "", {}, *_NO_SIDES)
    texts = head_of(document), words_of(document)
    sides = map(float, document.body.get("bbox") or ())
    return (document.identifier, document.at, *texts, traits_of(document), *(tuple(sides) or _NO_SIDES))


def _between(*texts: str) -> str:
    return f" {' '.join(terms(*texts))} "
