"""Rows of ``divisions.csv``: every use of every code, the second list's codes, and the towns."""

from __future__ import annotations

import re

import msgspec

from twincity.apps.sharing.divisions.model import Basis, Change, Division, Kind, Level, Status
from twincity.apps.sharing.divisions.retabulate.corrections import Corrections
from twincity.apps.sharing.divisions.retabulate.history import LAST_EARLY_YEAR, PROJECT
from twincity.apps.sharing.divisions.retabulate.replay import State, Use
from twincity.apps.sharing.divisions.retabulate.source import Seat, Unit
from twincity.apps.sharing.divisions.retabulate.succession import Ways, level_of, parent_of

REMARK = re.compile(r"（已?撤销）$")
DATUM = "unstated"
EARLY = "numbering of 1980 and 1981 in one list only"


def unit_rows(
    uses: list[Use], states: dict[int, State], ways: dict[int, Ways], seats: list[Seat], corrections: Corrections
) -> list[Division]:
    """Provinces, cities and counties of every time."""
    places = {seat.unit: seat for seat in seats}
    return [_unit(use, states, ways, places.get(use.unit), corrections) for use in uses]


def _unit(
    use: Use, states: dict[int, State], ways: dict[int, Ways], seat: Seat | None, corrections: Corrections
) -> Division:
    unit, last = use.unit, use.end - 1 if use.end else max(states)
    followed = [edge.new.code for edge in ways[use.end][unit]] if use.end else []
    note, verified = _judged(use, corrections)
    lng, lat = (seat.lng, seat.lat) if seat else ("", "")
    return Division(
        code=unit.code,
        name=unit.name,
        level=level_of(unit.code),
        parent=parent_of(unit.code, states[last]),
        valid_from=corrections.date(use.start, unit.code)[0] if use.start else "",
        valid_to=corrections.date(use.end, unit.code)[0] if use.end else "",
        lng=lng,
        lat=lat,
        datum=DATUM if lng else "",
        successors=tuple(followed),
        status=Status.FORMER if use.end else Status.CURRENT,
        verified=verified,
        note=note,
    )


def _judged(use: Use, corrections: Corrections) -> tuple[str, bool]:
    if use.end is None:
        return "", True
    if use.end <= LAST_EARLY_YEAR:
        return EARLY, False
    note = corrections.dispute(use.unit.code)
    return note, not note


def alternative_rows(corrections: Corrections, states: dict[int, State]) -> list[Division]:
    """The codes that only the second list has."""
    numbering = {entry.code: entry.name for entry in corrections.alternatives}
    return [
        Division(
            code=entry.code,
            name=entry.name,
            level=level_of(entry.code),
            parent=parent_of(entry.code, states[int(entry.valid_to) - 1] | numbering),
            valid_from=entry.valid_from,
            valid_to=entry.valid_to,
            successors=tuple(entry.successors),
            status=Status.ALTERNATIVE,
            note=f"only in {corrections.alternative_source}",
        )
        for entry in corrections.alternatives
    ]


def town_rows(towns: list[Unit], corrections: Corrections) -> tuple[list[Division], list[Change]]:
    """Towns and streets, and a row of history for each that passed to another county."""
    moves = _moves(towns, corrections)
    return [_town(town, moves.get(town.code), corrections) for town in towns], list(moves.values())


def _moves(towns: list[Unit], corrections: Corrections) -> dict[str, Change]:
    names = {town.code: town.name for town in towns}
    places = {(town.code[:6], town.name): town.code for town in towns}
    moves: dict[str, Change] = {}
    for entry in corrections.moved:
        for code in entry.old:
            moves[code] = Change(
                id=f"t{len(moves) + 1}",
                date=entry.date,
                kind=Kind.TRANSFERRED,
                old_code=code,
                old_name=names[code],
                new_code=places[entry.county, names[code]],
                new_name=names[code],
                basis=Basis.CORRECTED,
                source=PROJECT,
                verified=True,
                note=entry.source,
            )
    return moves


def _town(town: Unit, move: Change | None, corrections: Corrections) -> Division:
    name = REMARK.sub("", town.name)
    began = next((entry.date for entry in corrections.began if town.code.startswith(tuple(entry.prefixes))), "")
    row = Division(
        code=town.code,
        name=name,
        level=Level.TOWN,
        parent=parent_of(town.code, {}),
        valid_from=began,
        status=Status.FORMER if move or name != town.name else Status.CURRENT,
        verified=True,
        note="" if name == town.name else "marked abolished in the list, without date or successor",
    )
    if move:
        return msgspec.structs.replace(row, valid_to=move.date, successors=(move.new_code,))
    return row
