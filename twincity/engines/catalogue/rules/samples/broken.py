"""Rows for training that each break one rule of a standard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from datetime import date
from random import Random

import msgspec

from twincity.engines.catalogue.rules.check import KEY, check_rows
from twincity.engines.catalogue.rules.faults import names_in
from twincity.engines.catalogue.rules.model import Field, Fresh, Quality, Reference, Rule, Standard, Unique
from twincity.engines.catalogue.rules.report import Outcome
from twincity.engines.catalogue.rules.samples.repairs import Row
from twincity.engines.catalogue.rules.samples.rows import SEED, Studio
from twincity.kernel.locale_text import LocalText

GOOD = 3
"""Right rows beside which rules of several rows are judged."""
MOST = 5000
"""Rows that are tried."""
_OLD = "1900-01-01"
_WRONG = ("?", "不在表中", "0", "-1", "99999999", _OLD, "2999-12-31", "2999-12-31T00:00:00+08:00", "x" * 300, "0,0")
_TOGETHER = (Unique, Reference, Fresh)
"""Checks that look at more than one row."""


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
    if not studio.rows:
        return ()
    return (*_alone(studio), *(found for rule in _together(standard) if (found := _among_others(studio, rule))))


def _alone(studio: Studio) -> Iterator[Broken]:
    """Rows for the rules that look at one row: all are judged in one pass, since none of them bears on another."""
    rules = tuple(rule for rule in studio.standard.rules if not isinstance(rule.check, _TOGETHER))
    fields = tuple(msgspec.structs.replace(field, key=False) for field in studio.standard.fields)
    judge = msgspec.structs.replace(studio.standard, fields=fields, rules=rules)
    rows = [row for row, _ in zip(_spoilt(studio, rules), range(MOST), strict=False)]
    report = check_rows(judge, rows, today=studio.today, sets=studio.sets, keep=len(rows))
    breaks = defaultdict[int, list[str]](list)
    for outcome in report.outcomes:
        for failure in outcome.failures:
            breaks[failure.row].append(outcome.rule)
    yield from (_fewest(outcome, breaks, rows) for outcome in report.outcomes if outcome.failures)


def _fewest(outcome: Outcome, breaks: Mapping[int, list[str]], rows: list[Row]) -> Broken:
    best = min((failure.row for failure in outcome.failures), key=lambda number: len(breaks[number]))
    also = tuple(name for name in breaks[best] if name != outcome.rule)
    return Broken(rule=outcome.rule, title=outcome.title, row=rows[best - 1], also=also)


def _together(standard: Standard) -> Iterator[Rule]:
    keys = tuple(field.name for field in standard.fields if field.key)
    if keys:
        title = LocalText(zh="主键不重复", en="The key does not repeat")
        yield Rule(id=KEY, kind=Quality.ACCURACY, title=title, check=Unique(fields=keys))
    yield from (rule for rule in standard.rules if isinstance(rule.check, _TOGETHER))


def _among_others(studio: Studio, rule: Rule) -> Broken | None:
    """A row that breaks a rule of several rows beside right ones; judged by that rule and its fields alone."""
    to = rule.check.to if isinstance(rule.check, Reference) else ""
    wanted = {*names_in(rule), to}
    fields = tuple(msgspec.structs.replace(each, key=False) for each in studio.standard.fields if each.name in wanted)
    judge = msgspec.structs.replace(studio.standard, fields=fields, rules=(msgspec.structs.replace(rule, id="r"),))
    beside = [] if isinstance(rule.check, Fresh) else studio.rows
    for row in _candidates(studio, rule):
        seen = [{name: each[name] for name in wanted if name in each} for each in (*beside, row)]
        if "r" in check_rows(judge, seen, today=studio.today, sets=studio.sets, keep=1).failed_rules():
            return Broken(rule=rule.id, title=rule.title, row=row, also=())
    return None


def _candidates(studio: Studio, rule: Rule) -> Iterator[Row]:
    met, check = _meeting(studio, rule), rule.check
    if isinstance(check, Unique):
        yield from ({**met, **{name: other[name] for name in check.fields if name in other}} for other in studio.rows)
    elif isinstance(check, Reference):
        made = (studio.makers[check.field].make(studio.random) for _ in range(GOOD))
        yield from ({**met, check.field: value} for value in (*made, *_WRONG) if value)
    elif isinstance(check, Fresh):
        yield from ({**met, check.field: value} for value in (_OLD, f"{_OLD}T00:00:00+08:00"))


def _spoilt(studio: Studio, rules: tuple[Rule, ...]) -> Iterator[Row]:
    """Right rows with one thing changed, then with the conditions of each rule brought about."""
    row = studio.rows[0]
    yield {**row, "column_beyond_the_standard": "1"}
    for field in studio.standard.fields:
        yield from _field_spoilt(row, field)
    for rule in rules:
        met, conditions = _meeting(studio, rule), {condition.field for condition in rule.when}
        named = [field for field in studio.standard.fields if field.name in names_in(rule)]
        for field in named:
            if field.name not in conditions:
                yield from _field_spoilt(met, field)


def _field_spoilt(row: Row, field: Field) -> Iterator[Row]:
    yield {name: value for name, value in row.items() if name != field.name}
    if value := row.get(field.name):
        yield {**row, field.name: value[:-1]}
        yield {**row, field.name: value * 2}
    yield from ({**row, field.name: wrong} for wrong in _WRONG)


def _meeting(studio: Studio, rule: Rule) -> Row:
    """A right row that the rule is about, as far as its conditions can be brought about by setting their fields."""
    found = dict(studio.rows[-1])
    for condition in rule.when:
        filled = found.get(condition.field) or studio.makers[condition.field].make(studio.random)
        found[condition.field] = condition.values[0] if condition.values else filled
    return found
