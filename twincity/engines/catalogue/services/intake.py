"""Taking in documents from the public logs of all members, this node's own among them.

The circle hands them over on the event loop, at each start again from the first on; so they only queue there, and a
thread verifies and keeps those that the table does not hold yet. Everything here may be repeated in any order.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import structlog
from django.db import transaction
from django.db.models import Q

from twincity.engines.catalogue import queries
from twincity.engines.catalogue.documents import Document, Withdrawal, read
from twincity.engines.catalogue.models import Act, Entry
from twincity.engines.catalogue.services import bulk, indexing
from twincity.engines.catalogue.services.indexing import Happened, Line, line_of
from twincity.engines.circle import facade as circle
from twincity.kernel import clock, jws
from twincity.kernel.problems import Problem

BATCH = 500


class Arrived(NamedTuple):
    """Where a document stands that has come; it is read there when its turn is, lest a whole log wait in memory."""

    typ: str
    owner: str
    place: int


class Placed(NamedTuple):
    """A verified document, its place in its owner's public log, and the name of the key that signed it."""

    document: Document | Withdrawal
    place: int
    kid: str


_arrived: deque[Arrived] = deque()
_one_at_a_time = threading.Lock()


def receive(typ: str, owner: str, index: int, _token: str = "") -> None:
    """Queue a document for :func:`take_in`; costs nothing worth mentioning."""
    _arrived.append(Arrived(typ, owner, index))


def take_in() -> int:
    """Verify and keep what has arrived; how many documents were new.

    A document that is not what it claims to be is passed over with a warning in the log; it is looked at again at the
    next start. When the database fails, the documents stay in the queue.
    """
    new = 0
    with _one_at_a_time:
        while _arrived:
            batch = [_arrived.popleft() for _ in range(min(BATCH, len(_arrived)))]
            try:
                placed = _verified(batch)
                store(placed)
            except BaseException:
                _arrived.extendleft(reversed(batch))
                raise
            new += len(placed)
    return new


@transaction.atomic
def store(placed: Iterable[Placed]) -> None:
    """Keep documents; of several with one identifier the one that stands last in the log counts."""
    indexing.one_writer()
    ordered = sorted(placed, key=lambda each: each.place)
    fresh, happened = _keep(ordered)
    withdrawn = _withdrawn(ordered)
    changed = indexing.note([*happened, *withdrawn])
    unsure = set(changed) - set(fresh) | {each.line for each in withdrawn}
    sure = (document for line, document in fresh.items() if line not in unsure)
    indexing.index(changed, [*sure, *map(queries.document_of, _in_force(unsure))])


def _keep(ordered: list[Placed]) -> tuple[dict[Line, Document], list[Happened]]:
    """Write the entries of new documents, and mark what they supersede; which are in force, and what changed."""
    found = [(each.document, each) for each in ordered if isinstance(each.document, Document)]
    there = _on_lines({line_of(document) for document, _ in found})
    places = {each.pk: each.place for each in there}
    newer = {
        document.identifier: (document, each)
        for document, each in found
        if each.place > places.get(document.identifier, -1)
    }
    last: dict[Line, int] = {}
    placed = [(line_of(document), each.place) for document, each in newer.values()]
    for line, place in [*placed, *((each.line, each.place) for each in there)]:
        last[line] = max(place, last.get(line, -1))
    bulk.write(Entry, _COLUMNS, (_row(*each, last) for each in newer.values()), unique=["identifier"])
    outdated = [each.pk for each in there if each.place < last[each.line] and not each.superseded]
    if outdated:
        Entry.objects.filter(pk__in=outdated).exclude(pk__in=newer).update(superseded=True)
    seen = {each.line for each in there}
    fresh = {line_of(document): document for document, each in newer.values() if each.place == last[line_of(document)]}
    return fresh, [_happened(document, each.place, seen) for document, each in newer.values()]


def _happened(document: Document, place: int, seen: set[Line]) -> Happened:
    """A document that is not the first of its line changes what was there."""
    line = line_of(document)
    act = Act.CHANGED if line in seen else Act.PUBLISHED
    seen.add(line)
    return Happened(act, document.identifier, line, place)


class _There(NamedTuple):
    """What the table holds of an entry that matters to those on its line."""

    pk: str
    line: Line
    place: int
    superseded: bool


def _on_lines(lines: set[Line]) -> list[_There]:
    """All entries on some lines."""
    rows = Entry.objects.filter(name__in={name for _, _, name in lines})
    columns = ("pk", "owner", "kind", "name", "log_index", "superseded")
    found = (_There(pk, (owner, kind, name), *more) for pk, owner, kind, name, *more in rows.values_list(*columns))
    return [each for each in found if each.line in lines]


def _in_force(lines: set[Line]) -> list[Entry]:
    if not lines:
        return []
    pks = [each.pk for each in _on_lines(lines) if not each.superseded]
    return list(Entry.objects.filter(pk__in=pks, withdrawn_at=None))


def _verified(batch: list[Arrived]) -> list[Placed]:
    known = queries.known([(each.owner, each.place) for each in batch])
    new = [each for each in batch if (each.owner, each.place) not in known]
    places: defaultdict[str, list[int]] = defaultdict(list)
    for each in new:
        places[each.owner].append(each.place)
    logged = {owner: circle.logged(owner, wanted) for owner, wanted in places.items()}
    found = []
    for each in new:
        try:
            found.append(_read(each, logged[each.owner].get(each.place, "")))
        except Problem as problem:
            log = structlog.get_logger()
            log.warning("document_refused", owner=each.owner, index=each.place, problem=str(problem))
    return found


def _read(arrived: Arrived, token: str) -> Placed:
    payload = circle.read_published(arrived.owner, token, arrived.typ)
    return Placed(read(arrived.typ, arrived.owner, payload), arrived.place, jws.header(token)["kid"])


_COLUMNS = [field.name for field in Entry._meta.concrete_fields]  # noqa: SLF001


def _row(document: Document, placed: Placed, last: Mapping[Line, int]) -> list[Any]:
    values = {
        "identifier": document.identifier,
        "kind": document.kind,
        "owner": document.owner,
        "name": document.name,
        "version": document.version,
        "title": msgspec.to_builtins(document.title),
        "body": document.body,
        "log_index": placed.place,
        "kid": placed.kid,
        "published_at": clock.instant(document.at * 1000),
        "superseded": placed.place < last[line_of(document)],
    }
    return [values.get(name) for name in _COLUMNS]


def _withdrawn(ordered: list[Placed]) -> list[Happened]:
    """Mark what is withdrawn."""
    happened = []
    for document, index, _ in ordered:
        if isinstance(document, Withdrawal):
            happened += [Happened(Act.WITHDRAWN, row.pk, line_of(row), index) for row in _withdraw(document, index)]
    return happened


def _withdraw(document: Withdrawal, index: int) -> list[Entry]:
    earlier = Q(withdrawn_index=None) | Q(withdrawn_index__lt=index)
    rows = Entry.objects.filter(earlier, pk=document.identifier, owner=document.owner, log_index__lt=index)
    found = list(rows)
    rows.update(
        withdrawn_at=clock.instant(document.at * 1000),
        withdrawn_index=index,
        withdrawn_reason=msgspec.to_builtins(document.reason),
    )
    return found
