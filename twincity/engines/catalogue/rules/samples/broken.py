"""Rows for training that each break one rule of a standard."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from datetime import date
from random import Random

import msgspec

from twincity.engines.catalogue.rules.model import Delivered, Field, Rule, Standard, Unique
from twincity.engines.catalogue.rules.report import Outcome, QualityReport
from twincity.engines.catalogue.rules.samples.repairs import Row
from twincity.engines.catalogue.rules.samples.rows import SEED, Studio
from twincity.kernel.locale_text import LocalText

GOOD = 4
"""Right rows beside which a broken one is judged."""
_WRONG = (
    "?",
    "不在表中",
    "0",
    "-1",
    "99999999",
    "1900-01-01",
    "2999-12-31",
    "2999-12-31T00:00:00+08:00",
    "x" * 300,
    "0,0",
)


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """A row, the rule that it breaks, and the others that it cannot help breaking with it."""

    rule: str
    title: LocalText
    row: dict[str, str]
    also: tuple[str, ...]


def broken_rows(
    standard: Standard, *, today: date, seed: int = SEED, sets: Mapping[str, Container[str]] | None = None
) -> tuple[Broken, ...]:
    """For each rule a row that breaks it and as few others as were found; rules without any are left out.

    Rules about how much is delivered are left out, since no row breaks them.
    """
    studio = Studio(standard, today, Random(seed), sets or {})  # noqa: S311  samples are no secret
    while len(studio.rows) < GOOD and studio.add():
        pass
    best: dict[str, Broken] = {}
    for row in _spoilt(studio):
        for each in _breaks(studio.judged(row), row, len(studio.rows) + 1):
            known = best.get(each.rule)
            if known is None or len(each.also) < len(known.also):
                best[each.rule] = each
    report = studio.judged(studio.rows[0] if studio.rows else {})
    return tuple(best[outcome.rule] for outcome in report.outcomes if outcome.rule in best)


def _breaks(report: QualityReport, row: Row, number: int) -> Iterator[Broken]:
    failed = [each for each in report.outcomes if _concerns(each, number)]
    for outcome in failed:
        also = tuple(other.rule for other in failed if other is not outcome)
        yield Broken(rule=outcome.rule, title=outcome.title, row=row, also=also)


def _concerns(outcome: Outcome, number: int) -> bool:
    return outcome.failed > 0 and any(failure.row in {number, 0} for failure in outcome.failures)


def _spoilt(studio: Studio) -> Iterator[Row]:
    """Right rows with one thing changed, then with the conditions of each rule brought about."""
    for row in studio.rows[:2]:
        yield {**row, "column_beyond_the_standard": "1"}
        yield dict(row)  # repeats its keys
        for field in studio.standard.fields:
            yield from _field_spoilt(row, field)
    for rule in studio.standard.rules:
        if not isinstance(rule.check, Delivered):
            yield from _rule_spoilt(studio, rule)


def _field_spoilt(row: Row, field: Field) -> Iterator[Row]:
    yield {name: value for name, value in row.items() if name != field.name}
    if value := row.get(field.name):
        yield {**row, field.name: value[:-1]}
        yield {**row, field.name: value * 2}
    yield from ({**row, field.name: wrong} for wrong in _WRONG)


def _rule_spoilt(studio: Studio, rule: Rule) -> Iterator[Row]:
    for row in studio.rows[:1]:
        met = dict(row)
        for condition in rule.when:
            met[condition.field] = (
                condition.values[0]
                if condition.values
                else met.get(condition.field) or studio.makers[condition.field].make(studio.random)
            )
        if isinstance(rule.check, Unique):
            yield from _repeated(studio, rule.check, met)
            continue
        for field in studio.standard.fields:
            if field.name not in {condition.field for condition in rule.when}:
                yield from _field_spoilt(met, field)


def _repeated(studio: Studio, check: Unique, met: Row) -> Iterator[Row]:
    for other in studio.rows:
        yield {**met, **{name: other[name] for name in check.fields if name in other}}
