"""Rules about a table as a whole: its freshness, and whether it arrived."""

from __future__ import annotations

from twincity.engines.catalogue.rules.columns import RowCheck
from twincity.engines.catalogue.rules.model import PER_MILLE, Delivered, Fresh
from twincity.engines.catalogue.rules.report import Outcome
from twincity.engines.catalogue.rules.tally import Row, Tally
from twincity.engines.catalogue.rules.values import as_text, first_day, is_blank
from twincity.engines.catalogue.rules.work import Scene


class Freshness:
    """Looks for the newest date that is not in the future."""

    def __init__(self, tally: Tally, check: Fresh, scene: Scene) -> None:
        self.tally, self.rule, self.today = tally, check, scene.today
        self.newest = ""

    def compiled(self) -> RowCheck:
        name, latest = self.rule.field, self.today.isoformat()

        def check(row: Row, _number: int) -> None:
            value = row.get(name)
            if is_blank(value):
                return
            text = as_text(value)[: len(latest)]
            if self.newest < text <= latest:
                self.newest = text

        return check

    def outcome(self, rows: int) -> Outcome:
        self.tally.checked = min(rows, 1)
        if rows and not self._recent():
            self.tally.fail({}, 0, self.rule.field, self.newest)
        return self.tally.outcome()

    def _recent(self) -> bool:
        try:
            return (self.today - first_day(self.newest)).days <= self.rule.days
        except ValueError:
            return False


class Delivery:
    """Counts the rows that arrived."""

    def __init__(self, tally: Tally, check: Delivered) -> None:
        self.tally, self.wanted = tally, check.rows

    def compiled(self) -> None:
        return None

    def outcome(self, rows: int) -> Outcome:
        self.tally.checked = 1
        if rows < self.wanted:
            self.tally.fail({}, 0, "", str(rows))
        return self.tally.outcome(score=min(PER_MILLE, rows * PER_MILLE // self.wanted))
