"""The whole way from a folder of public data to the two tables."""

from __future__ import annotations

from pathlib import Path

import msgspec

from twincity.apps.sharing.divisions.model import Change, Division
from twincity.apps.sharing.divisions.retabulate import history, replay, rows, source
from twincity.apps.sharing.divisions.retabulate.corrections import Corrections, read_corrections
from twincity.apps.sharing.divisions.tables import CHANGES, DIVISIONS, to_csv


class Tables(msgspec.Struct):
    """The rows of both tables."""

    divisions: list[Division]
    changes: list[Change]


def tabulate(folder: Path, corrections: Corrections) -> Tables:
    """Both tables from a folder of public data.

    Raises:
        ReplayError: when the events and today's list do not fit together.
        OSError, msgspec.ValidationError: when a file is missing or not of its form.
    """
    seats, events = source.read_seats(folder), source.read_events(folder)
    ignored = corrections.ignored_events()
    today = {seat.unit.code: seat.unit.name for seat in seats if not seat.former}
    states = replay.states(today, [event for event in events if event.number not in ignored])
    told = history.build(states, events, corrections)
    units = rows.unit_rows(replay.uses(states), states, told.ways, seats, corrections)
    towns, moves = rows.town_rows(source.read_towns(folder), corrections)
    divisions = [*units, *rows.alternative_rows(corrections, states), *towns]
    return Tables(sorted(divisions, key=lambda row: (row.code, row.valid_from, row.name)), [*told.changes, *moves])


def retabulate(folder: Path, out: Path) -> dict[Path, int]:
    """Write both tables into a folder that holds ``corrections.toml``; the number of rows by file."""
    tables = tabulate(folder, read_corrections(out))
    (out / DIVISIONS).write_text(to_csv(Division, tables.divisions), "utf-8", newline="")
    (out / CHANGES).write_text(to_csv(Change, tables.changes), "utf-8", newline="")
    return {out / DIVISIONS: len(tables.divisions), out / CHANGES: len(tables.changes)}
