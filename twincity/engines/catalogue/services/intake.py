"""Taking in documents from the public logs of all members, this node's own among them.

The circle hands them over on the event loop, at each start again from the first on; so they only queue there, and a
thread verifies and keeps those that the table does not hold yet. Everything here may be repeated in any order.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
import structlog
from django.db import transaction
from django.db.models import Q

from twincity.engines.catalogue import queries
from twincity.engines.catalogue.documents import Document, Withdrawal, read
from twincity.engines.catalogue.models import Act, Entry
from twincity.engines.catalogue.services import indexing
from twincity.engines.catalogue.services.indexing import Happened, Line, line_of
from twincity.engines.circle import facade as circle
from twincity.kernel import clock, jws
from twincity.kernel.problems import Problem

BATCH = 500


class Arrived(NamedTuple):
    """A document as it came, and where it stands."""

    typ: str
    owner: str
    place: int
    token: str


class Placed(NamedTuple):
    """A verified document, its place in its owner's public log, and the name of the key that signed it."""

    document: Document | Withdrawal
    place: int
    kid: str


_arrived: deque[Arrived] = deque()
_one_at_a_time = threading.Lock()


def receive(typ: str, owner: str, index: int, token: str) -> None:
    """Queue a document for :func:`take_in`; costs nothing worth mentioning."""
    _arrived.append(Arrived(typ, owner, index, token))


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
    kept, happened = _keep(ordered)
    withdrawn = _withdrawn(ordered)
    changed = indexing.note([*happened, *withdrawn])
    fresh = {line_of(row): row for row in kept if not row.superseded}
    unsure = set(changed) - set(fresh) | {line_of(each.entry) for each in withdrawn}
    indexing.index(changed, [*(row for line, row in fresh.items() if line not in unsure), *_in_force(unsure)])


def _keep(ordered: list[Placed]) -> tuple[list[Entry], list[Happened]]:
    """Write the entries of new documents, and mark what they supersede."""
    rows = [_row(document, index, kid) for document, index, kid in ordered if isinstance(document, Document)]
    there = _on_lines({line_of(row) for row in rows})
    places = {each.pk: each.place for each in there}
    newer = {row.pk: row for row in rows if row.log_index > places.get(row.pk, -1)}
    last: dict[Line, int] = {}
    placed = [(line_of(row), row.log_index) for row in newer.values()]
    for line, place in [*placed, *((each.line, each.place) for each in there)]:
        last[line] = max(place, last.get(line, -1))
    for row in newer.values():
        row.superseded = row.log_index < last[line_of(row)]
    Entry.objects.bulk_create(
        newer.values(), update_conflicts=True, unique_fields=["identifier"], update_fields=_COLUMNS
    )
    outdated = [each.pk for each in there if each.place < last[each.line] and not each.superseded]
    Entry.objects.filter(pk__in=outdated).exclude(pk__in=newer).update(superseded=True)
    seen = {each.line for each in there}
    return list(newer.values()), [_happened(row, seen) for row in newer.values()]


def _happened(row: Entry, seen: set[Line]) -> Happened:
    """A document that is not the first of its line changes what was there."""
    line = line_of(row)
    act = Act.CHANGED if line in seen else Act.PUBLISHED
    seen.add(line)
    return Happened(act, row, row.log_index)


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
    found = []
    for each in batch:
        if (each.owner, each.place) in known:
            continue
        try:
            payload = circle.read_published(each.owner, each.token, each.typ)
            document = read(each.typ, each.owner, payload)
        except Problem as problem:
            log = structlog.get_logger()
            log.warning("document_refused", owner=each.owner, index=each.place, problem=str(problem))
            continue
        found.append(Placed(document, each.place, jws.header(each.token)["kid"]))
    return found


def _row(document: Document, index: int, kid: str) -> Entry:
    return Entry(
        identifier=document.identifier,
        kind=document.kind,
        owner=document.owner,
        name=document.name,
        version=document.version,
        title=msgspec.to_builtins(document.title),
        body=document.body,
        log_index=index,
        kid=kid,
        published_at=clock.instant(document.at * 1000),
    )


_COLUMNS = [field.name for field in Entry._meta.concrete_fields if not field.primary_key]  # noqa: SLF001


def _withdrawn(ordered: list[Placed]) -> list[Happened]:
    """Mark what is withdrawn."""
    happened = []
    for document, index, _ in ordered:
        if isinstance(document, Withdrawal):
            happened += [Happened(Act.WITHDRAWN, row, index) for row in _withdraw(document, index)]
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
