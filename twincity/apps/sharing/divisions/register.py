"""The register of divisions: looking a code up at a date, and following it to today."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

from twincity.apps.sharing.divisions.model import Change, Division, Kind, Level, Status
from twincity.apps.sharing.divisions.resolution import Resolution, Step, step
from twincity.apps.sharing.divisions.tables import FOLDER, read_changes, read_divisions
from twincity.kernel.problems import Problem, define

MALFORMED = define(
    "division-code-malformed",
    422,
    zh="行政区划代码应为 6 位或 9 位数字, 不是 {code}",
    en="A division code has 6 or 9 digits, which {code} has not",
)
UNKNOWN = define("division-unknown", 404, zh="没有行政区划代码 {code}", en="There is no division code {code}")
NOT_THEN = define(
    "division-not-then",
    404,
    zh="代码 {code} 在 {at} 没有使用; 使用时段: {periods}",
    en="Code {code} was not in use on {at}; it was in {periods}",
)
_FORM = re.compile(r"(\d{6}|\d{9})(?:0{3})?(?:0{3})?", re.ASCII)
_LENGTHS = (6, 9, 12)
_YEAR = 4


class Divisions:
    """Divisions and their history, indexed by code.

    A change known only by its year counts from 1 January of that year; a code that ended or began in such a year is
    still found on any day of it, after the codes that are certain.
    """

    def __init__(self, rows: Iterable[Division], changes: Iterable[Change]) -> None:
        self._uses: dict[str, list[Division]] = defaultdict(list)
        self._children: dict[str, list[Division]] = defaultdict(list)
        self._changes = list(changes)
        for row in rows:
            self._uses[row.code].append(row)
            self._children[row.parent].append(row)
        self._told = {_key(change): change for change in self._changes if change.kind is not Kind.REASSIGNED}

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Divisions:
        """The register of a folder with ``divisions.csv`` and ``changes.csv``; the shipped one by default."""
        return cls(read_divisions(folder), read_changes(folder))

    def uses(self, code: str) -> tuple[Division, ...]:
        """All that a code has stood for, the latest first and the second list's numbering last.

        Args:
            code: 6 or 9 digits, or either filled up to 12 with zeros.

        Raises:
            Problem: ``division-code-malformed`` or ``division-unknown``.
        """
        found = self._uses.get(_normal(code))
        if not found:
            raise Problem(UNKNOWN, field="code", code=code)
        return tuple(sorted(found, key=_recency, reverse=True))

    def get(self, code: str, at: date | None = None) -> Division:
        """The unit a code stood for on a day, or the last one it stood for.

        Raises:
            Problem: as :meth:`uses`, or ``division-not-then``.
        """
        uses = self.uses(code)
        if at is None:
            return uses[0]
        day = at.isoformat()
        for holds in (_certain, _within_year):
            for use in uses:
                if holds(use, day):
                    return use
        periods = ", ".join(f"{use.valid_from or '…'}–{use.valid_to or '…'}" for use in uses)
        raise Problem(NOT_THEN, field="code", code=code, at=day, periods=periods)

    def name(self, code: str, at: date | None = None) -> str:
        """The name that went with a code on a day, or the last one. Raises as :meth:`get`."""
        return self.get(code, at).name

    def path(self, code: str, at: date | None = None) -> tuple[Division, ...]:
        """The units from the province down to the one asked for, as they were. Raises as :meth:`get`."""
        units = [self.get(code, at)]
        while units[0].parent:
            units.insert(0, self._above(units[0], at))
        return tuple(units)

    def children(self, code: str, at: date | None = None) -> list[Division]:
        """Units directly below a code on a day, or in force, by code. Raises as :meth:`uses`."""
        unit = self.uses(code)[0]
        below = [row for row in self._children.get(unit.code, []) if row.status is not Status.ALTERNATIVE]
        if at is None:
            return [row for row in below if row.status is Status.CURRENT]
        return [row for row in below if _certain(row, at.isoformat())]

    def current(self, level: Level | None = None) -> list[Division]:
        """Units in force, of one rank or of all."""
        rows = (row for uses in self._uses.values() for row in uses if row.status is Status.CURRENT)
        return [row for row in rows if level is None or row.level is level]

    def history(self, code: str) -> list[Change]:
        """Rows of the history that name a code on either side. Raises as :meth:`uses`."""
        wanted = self.uses(code)[0].code
        return [change for change in self._changes if wanted in (change.old_code, change.new_code)]

    def resolve(self, code: str, at: date | None = None) -> Resolution:
        """Follow a code to the units of today.

        A town that ended without a known successor leads to its county. Every step goes to a use that ends later, so
        the way always ends.

        Args:
            code: 6 or 9 digits, or either filled up to 12 with zeros.
            at: day on which the code was written down; without it the last unit that had the code is meant.

        Raises:
            Problem: as :meth:`get`.
        """
        asked = self.get(code, at)
        steps: list[Step] = []
        today: dict[str, Division] = {}
        waiting, seen = deque([asked]), {asked}
        while waiting:
            use = waiting.popleft()
            if use.status is Status.CURRENT:
                today[use.code] = use
                continue
            for new in self._following(use):
                steps.append(step(use, new, self._told.get((use.code, use.name, use.valid_to, new.code))))
                if new not in seen:
                    seen.add(new)
                    waiting.append(new)
        others = tuple(use for use in self.uses(code) if use != asked)
        return Resolution(asked=asked, today=tuple(today.values()), steps=tuple(steps), other_uses=others)

    def _following(self, use: Division) -> list[Division]:
        if not use.successors:
            return [self._uses[use.parent][-1]]
        return [self._taking_over(use, code) for code in use.successors]

    def _taking_over(self, use: Division, code: str) -> Division:
        for new in self.uses(code):
            if _certain(new, use.valid_to) and new != use:
                return new
        raise ValueError(f"tables: {use.code} {use.name} leads to {code}, which was not in use on {use.valid_to}")

    def _above(self, unit: Division, at: date | None) -> Division:
        uses = self.uses(unit.parent)
        if at is not None:
            return self.get(unit.parent, at)
        end = unit.valid_to or "9999"
        return next((use for use in uses if use.valid_from < end), uses[-1])


@cache
def divisions() -> Divisions:
    """The shipped register, read once."""
    return Divisions.load()


def resolve(code: str, at: date | None = None) -> Resolution:
    """Follow a code to today in the shipped register; see :meth:`Divisions.resolve`."""
    return divisions().resolve(code, at)


def _normal(code: str) -> str:
    match = _FORM.fullmatch(code)
    if match is None or len(code) not in _LENGTHS:
        raise Problem(MALFORMED, field="code", code=code[:32])
    return code[:6] if set(code[6:]) == {"0"} else match[1]


def _key(change: Change) -> tuple[str, str, str, str]:
    return change.old_code, change.old_name, change.date, change.new_code


def _recency(use: Division) -> tuple[bool, bool, str, str]:
    """Sorts what holds today last, and a second list's numbering first."""
    return use.status is not Status.ALTERNATIVE, use.status is Status.CURRENT, use.valid_to, use.valid_from


def _certain(use: Division, day: str) -> bool:
    return use.valid_from <= day and (not use.valid_to or day < use.valid_to)


def _within_year(use: Division, day: str) -> bool:
    year = day[:_YEAR]
    return use.valid_from[:_YEAR] <= year and (not use.valid_to or year <= use.valid_to[:_YEAR])
