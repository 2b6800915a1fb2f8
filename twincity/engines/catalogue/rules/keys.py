"""Rules over the keys of many rows: uniqueness and references."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from twincity.engines.catalogue.rules.columns import RowCheck
from twincity.engines.catalogue.rules.model import Reference, Unique, When
from twincity.engines.catalogue.rules.report import Failure, Outcome
from twincity.engines.catalogue.rules.tally import Row, Tally
from twincity.engines.catalogue.rules.values import as_text, is_blank
from twincity.engines.catalogue.rules.work import PerRow, Scene


class UniqueKey(PerRow):
    """Remembers a 64-bit hash of each key, so that a million rows cost about seventy megabytes."""

    def __init__(self, tally: Tally, check: Unique, when: tuple[When, ...], distinct: int) -> None:
        super().__init__(tally, when)
        self.names, self.distinct = check.fields, distinct

    def compiled(self) -> RowCheck:
        names, distinct, tally, concerns, seen = self.names, self.distinct, self.tally, self.concerns, set[int]()
        shown = names[0]

        def check(row: Row, number: int) -> None:
            if concerns and not concerns(row):
                return
            values = [as_text(row.get(name)) for name in names]
            if not any(values):
                return
            key = hash(tuple(values))
            tally.checked += 1
            if key in seen:
                tally.fail(row, number, shown, row.get(shown))
            elif len(seen) < distinct:
                seen.add(key)
            else:
                tally.partial = True

        return check


def _parts(value: Any, separator: str) -> list[str]:
    text = as_text(value)
    return [part for part in text.split(separator) if part] if separator else [text]


class ForeignReference(PerRow):
    """A reference to a set of values that is kept elsewhere."""

    def __init__(self, tally: Tally, check: Reference, when: tuple[When, ...], target: Container[str]) -> None:
        super().__init__(tally, when)
        self.rule, self.target = check, target

    def compiled(self) -> RowCheck:
        name, separator, target, tally, concerns = (
            self.rule.field,
            self.rule.separator,
            self.target,
            self.tally,
            self.concerns,
        )

        def check(row: Row, number: int) -> None:
            value = row.get(name)
            if is_blank(value) or (concerns and not concerns(row)):
                return
            for part in _parts(value, separator):
                tally.checked += 1
                if part not in target:
                    tally.fail(row, number, name, part)

        return check


class OwnReference(PerRow):
    """A reference to a column of the same table, whose value may come later; open ones are judged at the end."""

    def __init__(self, tally: Tally, check: Reference, when: tuple[When, ...], scene: Scene) -> None:
        super().__init__(tally, when)
        self.rule, self.shown, self.distinct = check, scene.shown, scene.distinct
        self.seen: set[int] = set()
        self.waiting: dict[str, tuple[int, list[Failure]]] = {}

    def compiled(self) -> RowCheck:
        name, separator, target = self.rule.field, self.rule.separator, self.rule.to
        seen, tally, concerns, distinct = self.seen, self.tally, self.concerns, self.distinct

        def check(row: Row, number: int) -> None:
            if len(seen) < distinct:
                seen.add(hash(as_text(row.get(target))))
            else:
                tally.partial = True
            value = row.get(name)
            if is_blank(value) or (concerns and not concerns(row)):
                return
            for part in _parts(value, separator):
                tally.checked += 1
                if hash(part) not in seen:
                    self._wait(part, row, number)

        return check

    def _wait(self, part: str, row: Row, number: int) -> None:
        count, failures = self.waiting.get(part, (0, []))
        if not count and len(self.waiting) >= self.distinct:
            self.tally.partial = True
            return
        if len(failures) < self.shown.keep:
            failures.append(self.shown.failure(row, number, self.rule.field, part))
        self.waiting[part] = count + 1, failures

    def outcome(self, rows: int) -> Outcome:
        for part, (count, failures) in self.waiting.items():
            if hash(part) not in self.seen:
                self.tally.fail_again(failures, count)
        self.waiting.clear()
        return super().outcome(rows)
