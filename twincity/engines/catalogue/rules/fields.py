"""Rules about one field or two of the same row."""

from __future__ import annotations

from twincity.engines.catalogue.rules.columns import RowCheck, allowed_values, matches
from twincity.engines.catalogue.rules.model import Among, Filled, Matches, Ordered, StartsWith, When
from twincity.engines.catalogue.rules.tally import Row, Tally
from twincity.engines.catalogue.rules.values import Test, as_text, is_blank, not_greater
from twincity.engines.catalogue.rules.work import PerRow, Scene


class SingleField(PerRow):
    """A test of one field; blanks count only for a rule that the field is filled."""

    def __init__(self, tally: Tally, check: Filled | Matches | Among, when: tuple[When, ...], scene: Scene) -> None:
        super().__init__(tally, when)
        self.name = check.field
        self.filled = isinstance(check, Filled)
        self.test: Test = lambda _value: True
        if isinstance(check, Matches):
            self.test = matches(check.pattern)
        elif isinstance(check, Among):
            allowed = allowed_values(scene.standard, scene.sets, check.values, check.codes) or frozenset()
            self.test = lambda value: as_text(value) in allowed

    def compiled(self) -> RowCheck:
        name, filled, test, tally, concerns = self.name, self.filled, self.test, self.tally, self.concerns

        def check(row: Row, number: int) -> None:
            if concerns and not concerns(row):
                return
            value = row.get(name)
            blank = is_blank(value)
            if blank and not filled:
                return
            tally.checked += 1
            if blank or not test(value):
                tally.fail(row, number, name, value)

        return check


class FieldPair(PerRow):
    """A test of two fields, where both are filled and of their type."""

    def __init__(self, tally: Tally, check: Ordered | StartsWith, when: tuple[When, ...], scene: Scene) -> None:
        super().__init__(tally, when)
        if isinstance(check, Ordered):
            self.names = (check.first, check.second)
            self.holds = not_greater(scene.field(check.first).type)
        else:
            self.names = (check.field, check.prefix)
            self.holds = lambda text, prefix: as_text(text).startswith(as_text(prefix))

    def compiled(self) -> RowCheck:
        (first, second), holds, tally, concerns = self.names, self.holds, self.tally, self.concerns

        def check(row: Row, number: int) -> None:
            if concerns and not concerns(row):
                return
            one, other = row.get(first), row.get(second)
            if is_blank(one) or is_blank(other):
                return
            try:
                kept = holds(one, other)
            except (ValueError, TypeError, ArithmeticError):
                return  # not of its type, which the column's own test counts
            tally.checked += 1
            if not kept:
                tally.fail(row, number, first, one)

        return check
