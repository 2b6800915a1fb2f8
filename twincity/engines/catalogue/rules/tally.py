"""Counting what one rule finds, with its first failures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twincity.engines.catalogue.rules.model import GRADES, PER_MILLE, Quality, Source, Standard
from twincity.engines.catalogue.rules.report import Failure, Outcome, share
from twincity.engines.catalogue.rules.values import as_text, is_blank
from twincity.kernel.locale_text import LocalText

Row = Mapping[str, Any]
HIDDEN = "•••"
SHOWN_GRADES = frozenset(GRADES[:2])
_LONGEST = 80


class Shown:
    """What a report may show of a row: nothing of fields whose grade is above ``general-2``.

    Args:
        standard: tells each field's grade, and the key.
        keep: how many failures of each rule are kept.
    """

    def __init__(self, standard: Standard, keep: int) -> None:
        self.keep = keep
        self._hidden = {field.name for field in standard.fields if field.grade not in SHOWN_GRADES}
        self._key = [field.name for field in standard.fields if field.key]

    def failure(self, row: Row, number: int, field: str, value: Any) -> Failure:
        """One failure as it may be shown."""
        key = " ".join(self._text(name, row.get(name)) for name in self._key if not is_blank(row.get(name)))
        return Failure(row=number, key=key, field=field, value=self._text(field, value))

    def _text(self, field: str, value: Any) -> str:
        if is_blank(value):
            return ""
        return HIDDEN if field in self._hidden else as_text(value)[:_LONGEST]


class Tally:
    """Counts of one rule in a run."""

    __slots__ = ("_shown", "checked", "failed", "failures", "kind", "partial", "rule", "source", "threshold", "title")

    def __init__(
        self,
        shown: Shown,
        rule: str,
        kind: Quality,
        title: LocalText,
        *,
        threshold: int = PER_MILLE,
        source: Source | None = None,
    ) -> None:
        self._shown = shown
        self.rule, self.kind, self.title, self.threshold, self.source = rule, kind, title, threshold, source
        self.checked = self.failed = 0
        self.partial = False
        self.failures: list[Failure] = []

    def fail(self, row: Row, number: int, field: str, value: Any) -> None:
        """Count a failing row, and keep it while there is room."""
        self.failed += 1
        if len(self.failures) < self._shown.keep:
            self.failures.append(self._shown.failure(row, number, field, value))

    def fail_again(self, failures: list[Failure], count: int) -> None:
        """Count rows that turned out to fail only at the end."""
        self.failed += count
        self.failures += failures[: self._shown.keep - len(self.failures)]

    def fail_beside(self, failures: list[Failure], count: int) -> None:
        """Count rows that were found to fail by other means; of both, the first rows are kept."""
        self.failed += count
        both = sorted((*self.failures, *failures), key=lambda each: each.row)
        self.failures = both[: self._shown.keep]

    def outcome(self, score: int | None = None) -> Outcome:
        """The rule's result; its score is the share of rows that kept it unless another is given."""
        found = share(self.checked, self.failed) if score is None else score
        return Outcome(
            rule=self.rule,
            kind=self.kind,
            title=self.title,
            checked=self.checked,
            failed=self.failed,
            score=found,
            threshold=self.threshold,
            passed=found is None or found >= self.threshold,
            partial=self.partial,
            source=self.source,
            failures=tuple(self.failures),
        )
