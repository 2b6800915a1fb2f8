"""Replaying the events backwards from today, year by year."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from twincity.apps.sharing.divisions.retabulate.source import PROVINCES, Event, Unit

ABOLISHED = "撤销"
FIRST_YEAR = 1980
"""Year of the first code book; its state has no beginning of its own."""

State = dict[str, str]
"""Name by code at the end of a year."""


class ReplayError(Exception):
    """The events do not lead to today's list; the message names the year and the unit."""


class Use(msgspec.Struct, frozen=True):
    """A code under one name, from the year in which it first appears to the year in which it no longer does."""

    unit: Unit
    start: int | None
    end: int | None


def states(today: State, events: Iterable[Event]) -> dict[int, State]:
    """The state at the end of every year from 1980 to that of the last event.

    Raises:
        ReplayError: when an event's result is not there afterwards.
    """
    by_year: dict[int, list[Event]] = {}
    for event in events:
        by_year.setdefault(event.year, []).append(event)
    last = max(by_year)
    result = {last: today}
    for year in range(last, FIRST_YEAR, -1):
        result[year - 1] = _undo(year, result[year], by_year.get(year, []))
    return result


def _undo(year: int, after: State, events: list[Event]) -> State:
    arrived = {event.new for event in events if event.type != ABOLISHED and event.new and _ours(event.new)}
    for unit in sorted(arrived):
        if after.get(unit.code) != unit.name:
            raise ReplayError(f"{year}: {unit.code} {unit.name} should be there afterwards")
    before = {code: name for code, name in after.items() if Unit(code, name) not in arrived}
    before.update({event.old.code: event.old.name for event in events if event.old})
    return before


def _ours(unit: Unit) -> bool:
    return unit.code.startswith(PROVINCES)


def uses(by_year: dict[int, State]) -> list[Use]:
    """Every use of every code, by code and then by year."""
    years = sorted(by_year)
    found: list[Use] = []
    open_since: dict[Unit, int | None] = {Unit(*pair): None for pair in by_year[years[0]].items()}
    for year in years[1:]:
        present = {Unit(*pair) for pair in by_year[year].items()}
        ended = [unit for unit in open_since if unit not in present]
        found += [Use(unit, open_since.pop(unit), year) for unit in ended]
        open_since |= {unit: year for unit in present if unit not in open_since}
    found += [Use(unit, start, None) for unit, start in open_since.items()]
    return sorted(found, key=lambda use: (use.unit.code, use.start or 0))
