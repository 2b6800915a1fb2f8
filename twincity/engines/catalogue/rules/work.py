"""What all rules of a table share while they are at work."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from twincity.engines.catalogue.rules.columns import RowCheck, Sets
from twincity.engines.catalogue.rules.model import Field, Rule, Standard, When
from twincity.engines.catalogue.rules.report import Outcome
from twincity.engines.catalogue.rules.tally import Row, Shown, Tally
from twincity.engines.catalogue.rules.values import Test, as_text, is_blank


class TableRule(Protocol):
    """A rule at work: its check of one row, if it has one, and its result after all rows."""

    def compiled(self) -> RowCheck | None: ...
    def outcome(self, rows: int) -> Outcome: ...


class Scene:
    """What the rules of a run share."""

    def __init__(self, standard: Standard, shown: Shown, sets: Sets, today: date, distinct: int) -> None:
        self.standard, self.shown, self.sets, self.today, self.distinct = standard, shown, sets, today, distinct

    def tally(self, rule: Rule) -> Tally:
        """A count for a rule."""
        return Tally(self.shown, rule.id, rule.kind, rule.title, threshold=rule.threshold, source=rule.source)

    def field(self, name: str) -> Field:
        """A field that the standard is known to have."""
        found = self.standard.field(name)
        if found is None:
            raise KeyError(name)
        return found


def concerned(conditions: tuple[When, ...]) -> Test | None:
    """A test of whether a rule is about a row; None when it is about all."""
    if not conditions:
        return None
    tests = [_holds(condition) for condition in conditions]
    if len(tests) == 1:
        return tests[0]
    return lambda row: all(test(row) for test in tests)


def _holds(condition: When) -> Test:
    name, values = condition.field, frozenset(condition.values)
    if not values:
        return lambda row: not is_blank(row.get(name))

    def test(row: Row) -> bool:
        value = row.get(name)
        return (value if value.__class__ is str else as_text(value)) in values

    return test


class PerRow:
    """Keeps the tally of a rule whose result is the share of rows that kept it."""

    def __init__(self, tally: Tally, when: tuple[When, ...]) -> None:
        self.tally = tally
        self.concerns = concerned(when)

    def outcome(self, rows: int) -> Outcome:  # noqa: ARG002  one signature for all rules
        return self.tally.outcome()
