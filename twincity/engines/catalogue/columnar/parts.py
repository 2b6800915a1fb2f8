"""The rules of a standard as parts of one scan: each gives every row a code, and the scan counts codes.

A row whose code is :data:`UNKNOWN` is handed to the rule itself, so that both ways always come to the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from twincity.engines.catalogue.columnar.cells import Stored, tests
from twincity.engines.catalogue.columnar.rows import PerRow, row_rule
from twincity.engines.catalogue.columnar.sql import Verdict, blank, name
from twincity.engines.catalogue.rules.columns import Column, RowCheck
from twincity.engines.catalogue.rules.fields import FieldPair, SingleField
from twincity.engines.catalogue.rules.model import Field, Rule
from twincity.engines.catalogue.rules.report import Outcome
from twincity.engines.catalogue.rules.tables import compiled_rule
from twincity.engines.catalogue.rules.tally import Row, Shown, Tally
from twincity.engines.catalogue.rules.work import Scene

ABSENT, KEPT, UNKNOWN = 0, 100, -1
"""Codes: nothing to judge, kept, not for SQL to say; those between count the tests from 1."""
Numbered = tuple[int, Row]
"""A row with its number, from 1."""


@dataclass
class Slot:
    """One code of a part: rows that have it, and the first of them where they count as failures."""

    code: int
    tally: Tally | None = None
    count: int = 0
    first: list[int] = field(default_factory=list)
    """Numbers of rows, from 0."""


class Part:
    """One column or rule in the scan."""

    def __init__(self, code: str, shown: str, fields: Iterable[str], slots: list[Slot], asked: RowCheck) -> None:
        self.code, self.shown, self.slots = code, shown, slots
        self.fields = tuple(dict.fromkeys(fields))
        """What the rule itself has to see of a row."""
        self._asked = asked

    def ask(self, rows: Iterable[Numbered]) -> None:
        """Let the rule itself judge rows."""
        for number, row in rows:
            self._asked(row, number)

    def settle(self, rows: dict[int, Row], shown: Shown) -> None:
        """Enter what was counted, with the failing rows that the scan has noted."""
        for slot in self.slots:
            if slot.tally is not None:
                found = [shown.failure(rows[at], at + 1, self.shown, rows[at].get(self.shown)) for at in slot.first]
                slot.tally.fail_beside(found, slot.count)

    def outcomes(self, rows: int) -> list[Outcome]:
        """The results after all rows."""
        raise NotImplementedError


class ColumnPart(Part):
    """The tests of one field."""

    def __init__(self, field: Field, make: Callable[[], Column], scene: Scene, stored: Stored) -> None:
        self.column = make()
        found = tests(field, scene.standard, stored)
        slots = [Slot(ABSENT, self.column.required)]
        slots += [Slot(number, tally) for number, (tally, _) in enumerate(self.column.judged, 1)]
        super().__init__(_column_code(field, found), field.name, [field.name], slots, self.column.compiled())

    def outcomes(self, rows: int) -> list[Outcome]:
        self.column.blank += self.slots[0].count
        return self.column.outcomes(rows)


class RulePart(Part):
    """A rule about single rows."""

    def __init__(self, rule: Rule, check: PerRow, scene: Scene, stored: Stored) -> None:
        found = row_rule(rule, check, scene.standard, stored)
        work = compiled_rule(rule, scene)
        if not isinstance(work, SingleField | FieldPair):
            raise TypeError(rule.id)
        self.work, self._kept = work, Slot(KEPT)
        code = f"CASE WHEN NOT {found.concerned} THEN {ABSENT} {_judged(1, found.kept)} ELSE {KEPT} END"
        super().__init__(code, found.shown, found.fields, [Slot(1, work.tally), self._kept], work.compiled())

    def outcomes(self, rows: int) -> list[Outcome]:
        self.work.tally.checked += self._kept.count + self.slots[0].count
        return [self.work.outcome(rows)]


def _column_code(field: Field, found: list[Verdict]) -> str:
    judged = " ".join(_judged(number, each) for number, each in enumerate(found, 1))
    return f"CASE WHEN {blank(name(field.name))} THEN {ABSENT} {judged} ELSE {KEPT} END"


def _judged(number: int, found: Verdict) -> str:
    if found.sql == "TRUE":
        return ""
    if found.certain:
        return f"WHEN NOT {found.sql} THEN {number}"
    return f"WHEN ({found.sql}) IS NOT TRUE THEN CASE WHEN ({found.sql}) IS NULL THEN {UNKNOWN} ELSE {number} END"
