"""The result of a quality run: each rule's counts and first failures, and a score for each kind of quality."""

from __future__ import annotations

from typing import Literal

import msgspec

from twincity.engines.catalogue.rules.model import PER_MILLE, Quality, Source
from twincity.kernel.locale_text import LocalText

Verdict = Literal["passed", "failed", "cancelled", "empty"]


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One row that broke a rule.

    Attributes:
        row: number of the row, from 1; 0 when the table as a whole is meant.
        key: values of the key fields, separated by a space.
        value: what was found, shortened; hidden when the field's grade is above ``general-2``.
    """

    row: int
    key: str = ""
    field: str = ""
    value: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule.

    Attributes:
        checked: rows concerned, values for a reference, or 1 for a rule of the whole table.
        score: per mille that kept the rule, rounded down; None when no row was concerned.
        partial: there were more distinct values than are kept, so that further repeats may have gone unseen.
    """

    rule: str
    kind: Quality
    title: LocalText
    checked: int
    failed: int
    score: int | None
    threshold: int
    passed: bool
    partial: bool = False
    source: Source | None = None
    failures: tuple[Failure, ...] = ()


class QualityReport(msgspec.Struct, frozen=True, kw_only=True):
    """One run over the rows of a dataset.

    Attributes:
        rows: rows read; when the run was cancelled, those until then.
        scores: per mille for each kind: the mean over its rules that concerned a row, rounded down; None without any.
        unknown_columns: rows by name of a column that the standard does not know.
    """

    standard: str
    version: str
    rows: int
    verdict: Verdict
    scores: dict[Quality, int | None]
    outcomes: tuple[Outcome, ...]
    unknown_columns: dict[str, int]

    def outcome(self, rule: str) -> Outcome:
        """The outcome of one rule.

        Raises:
            KeyError: when the run had no such rule.
        """
        for outcome in self.outcomes:
            if outcome.rule == rule:
                return outcome
        raise KeyError(rule)

    def failed_rules(self) -> tuple[str, ...]:
        """Ids of the rules that did not pass."""
        return tuple(outcome.rule for outcome in self.outcomes if not outcome.passed)


def share(checked: int, failed: int) -> int | None:
    """Per mille that did not fail, rounded down so that a single failure never reads as all."""
    return (checked - failed) * PER_MILLE // checked if checked else None


def scores(outcomes: tuple[Outcome, ...]) -> dict[Quality, int | None]:
    """A score for each kind of quality."""
    by_kind: dict[Quality, list[int]] = {kind: [] for kind in Quality}
    for outcome in outcomes:
        if outcome.score is not None:
            by_kind[outcome.kind].append(outcome.score)
    return {kind: sum(values) // len(values) if values else None for kind, values in by_kind.items()}


def verdict(rows: int, outcomes: tuple[Outcome, ...], *, cancelled: bool) -> Verdict:
    """Passed when every rule reached its threshold."""
    if cancelled:
        return "cancelled"
    if not rows:
        return "empty"
    return "passed" if all(outcome.passed for outcome in outcomes) else "failed"
