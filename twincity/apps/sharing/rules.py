"""What a division looks like as a row of the standard, and which rows a request asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from twincity.apps.sharing.divisions import Division, Level, Status

Row = dict[str, Any]
"""A row of the standard ``division``: JSON values, None where a cell is blank."""
STANDARD = "division"
"""Id of the standard of the tables."""
DATASET = "divisions"
"""Name of the dataset, and of the service over it."""


def as_row(unit: Division) -> Row:
    """A unit with the field names of the standard."""
    return {
        "code": unit.code,
        "name": unit.name,
        "level": unit.level.value,
        "parent": unit.parent or None,
        "valid_from": unit.valid_from or None,
        "valid_to": unit.valid_to or None,
        "lng": unit.lng or None,
        "lat": unit.lat or None,
        "datum": unit.datum or None,
        "successors": " ".join(unit.successors) or None,
        "status": unit.status.value,
        "verified": unit.verified,
        "note": unit.note or None,
    }


def in_use(unit: Division, at: date | None) -> bool:
    """Whether a unit is in force, or surely was on a day; the numbering of a second list never counts."""
    if unit.status is Status.ALTERNATIVE:
        return False
    if at is None:
        return unit.status is Status.CURRENT
    ended = unit.valid_to <= at.isoformat() if unit.valid_to else unit.status is not Status.CURRENT
    return unit.valid_from <= at.isoformat() and not ended


def select(
    units: Iterable[Division], *, level: Level | None = None, parent: str = "", name: str = "", at: date | None = None
) -> Iterator[Division]:
    """The units in use, of a level, directly below a code, and with names that begin so; what is empty asks nothing."""
    for unit in units:
        if (
            unit.name.startswith(name)
            and parent in {"", unit.parent}
            and level in {None, unit.level}
            and in_use(unit, at)
        ):
            yield unit


def territory(division: str) -> str:
    """Beginning of all codes within a territory: ``500000`` gives ``50``, ``510100`` ``5101``, ``500231`` itself."""
    return division[:2] if division.endswith("0000") else division[:4] if division.endswith("00") else division
