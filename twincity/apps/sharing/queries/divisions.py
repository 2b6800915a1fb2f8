"""Reads of the base data: rows for people through the database, rows for machines from memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import msgspec
from django.db.models import Q, QuerySet

from twincity.apps.sharing import divisions as register
from twincity.apps.sharing import rules
from twincity.apps.sharing.divisions import Divisions, Level, Status
from twincity.apps.sharing.models import Division, DivisionChange

COLUMNS = register.Division.__struct_fields__


class Snapshot:
    """The loaded divisions in memory, for answers that may not wait for a database.

    About 6 MB for both provinces; rows are shared by all answers and must not be changed.
    """

    def __init__(self, units: list[register.Division], version: int) -> None:
        self.units = units
        """By code, then by first day."""
        self.version = version
        self.register = Divisions(units, ())
        self.towns: dict[str, list[rules.Row]] = {}
        for unit in rules.select(units, level=Level.COUNTY):
            self.towns[unit.code] = []
        for unit in rules.select(units, level=Level.TOWN):
            self.towns.setdefault(unit.parent, []).append(rules.as_row(unit))


_building = threading.Lock()
_held: Snapshot | None = None
_version = 0


def outdate() -> None:
    """Say that the table has changed: the next answer builds its snapshot anew."""
    global _version  # noqa: PLW0603  the counter that every answer compares
    _version += 1


def held() -> Snapshot | None:
    """The snapshot if it is up to date; never waits."""
    return _held if _held is not None and _held.version == _version else None


def snapshot() -> Snapshot:
    """The snapshot, built from the database when it is out of date (about 60 ms for 5,000 rows)."""
    global _held  # noqa: PLW0603  one snapshot for all threads
    with _building:
        found = held()
        if found is None:
            version = _version
            found = _held = Snapshot(list(units()), version)
    return found


def units(prefix: str = "") -> Iterator[register.Division]:
    """All uses of all loaded codes that begin so, by code and first day."""
    rows = Division.objects.filter(code__startswith=prefix).order_by("code", "valid_from", "pk")
    for row in rows.values(*COLUMNS).iterator(chunk_size=2000):
        yield msgspec.convert(row, register.Division)


def listed(*, level: str = "", parent: str = "", text: str = "") -> QuerySet[Division]:
    """Units in force for the page, by code; ``text`` is the beginning of a code or a part of a name."""
    found = Division.objects.filter(status=Status.CURRENT)
    if level:
        found = found.filter(level=level)
    if parent:
        found = found.filter(parent=parent)
    if text:
        found = found.filter(Q(code__startswith=text) | Q(name__contains=text))
    return found.order_by("code")


def changes(code: str) -> QuerySet[DivisionChange]:
    """The loaded events that name a code on either side, oldest first."""
    return DivisionChange.objects.filter(Q(old_code=code) | Q(new_code=code)).order_by("date", "pk")
