"""The rules about single rows as SQL, with the meaning of ``rules.fields``."""

from __future__ import annotations

from typing import NamedTuple

from twincity.engines.catalogue.columnar.cells import Stored, comparable, listed
from twincity.engines.catalogue.columnar.orders import not_greater
from twincity.engines.catalogue.columnar.regex import full_match
from twincity.engines.catalogue.columnar.sql import Verdict, blank, name, texts
from twincity.engines.catalogue.rules.model import (
    Among,
    Filled,
    Matches,
    Ordered,
    Rule,
    Standard,
    StartsWith,
    When,
)

PerRow = Filled | Matches | Among | Ordered | StartsWith


class RowRule(NamedTuple):
    """Which rows a rule is about, whether they keep it, and whose value a failure shows."""

    concerned: str
    kept: Verdict
    shown: str
    fields: tuple[str, ...]


def row_rule(rule: Rule, check: PerRow, standard: Standard, stored: Stored) -> RowRule:
    """A rule of single rows."""
    when = concerned(rule.when)
    if isinstance(check, Ordered | StartsWith):
        return _pair(rule, check, standard, when)
    cell = name(check.field)
    fields = (check.field, *(each.field for each in rule.when))
    if isinstance(check, Filled):
        return RowRule(when, Verdict(f"(NOT {blank(cell)})"), check.field, fields)
    if isinstance(check, Matches):
        kept = full_match(cell, check.pattern)
    else:
        kept = listed(cell, standard, stored, check.values, check.codes)
    return RowRule(f"({when} AND NOT {blank(cell)})", kept, check.field, fields)


def concerned(conditions: tuple[When, ...]) -> str:
    """Whether all conditions hold; never null."""
    return f"({' AND '.join(_holds(each) for each in conditions)})" if conditions else "TRUE"


def _holds(condition: When) -> str:
    cell = name(condition.field)
    if not condition.values:
        return f"(NOT {blank(cell)})"
    return f"(coalesce({cell}, '') IN {texts(set(condition.values))})"


def _pair(rule: Rule, check: Ordered | StartsWith, standard: Standard, when: str) -> RowRule:
    if isinstance(check, Ordered):
        first, second = name(check.first), name(check.second)
        kept = _ordered(check, standard)
        shown, names = check.first, (check.first, check.second)
    else:
        first, second = name(check.field), name(check.prefix)
        kept = Verdict(f"starts_with({first}, {second})")
        shown, names = check.field, (check.field, check.prefix)
    filled = f"({when} AND NOT {blank(first)} AND NOT {blank(second)})"
    return RowRule(filled, kept, shown, (*names, *(each.field for each in rule.when)))


def _ordered(check: Ordered, standard: Standard) -> Verdict:
    field = standard.field(check.first)
    if field is None:
        raise KeyError(check.first)
    first, second = name(check.first), name(check.second)
    plain = f"({comparable(field.type, first)} AND {comparable(field.type, second)})"
    order = not_greater(field.type, first, second)
    return Verdict(f"CASE WHEN {plain} THEN {order} ELSE NULL END", certain=False)
