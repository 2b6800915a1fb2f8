"""Changing a made-up row until it keeps the rules of its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

from twincity.engines.catalogue.rules.model import (
    Among,
    Filled,
    Fresh,
    Matches,
    Ordered,
    Reference,
    Rule,
    Standard,
    StartsWith,
    Unique,
)
from twincity.engines.catalogue.rules.samples.values import Maker
from twincity.engines.catalogue.rules.values import not_greater
from twincity.engines.catalogue.rules.work import concerned

Row = dict[str, str]


def repair(row: Row, rule: Rule, scene: Scene) -> None:
    """Change a row so that it most likely keeps one rule; a rule that is not about it changes nothing."""
    holds = concerned(rule.when)
    if holds is None or holds(row):
        _repair(row, rule, scene)


class Scene:
    """What repairs need: the standard, the makers of its fields, chance, the rows so far, and the day."""

    def __init__(
        self, standard: Standard, makers: Mapping[str, Maker], random: Random, rows: Sequence[Row], today: date
    ) -> None:
        self.standard, self.makers, self.random, self.rows, self.today = standard, makers, random, rows, today

    def put(self, row: Row, field: str, value: str) -> None:
        """Set a field, if the value fits it."""
        if self.makers[field].fits(value):
            row[field] = value

    def make(self, row: Row, field: str) -> None:
        """Set a field to a new value."""
        self.put(row, field, self.makers[field].make(self.random))


def _repair(row: Row, rule: Rule, scene: Scene) -> None:  # noqa: C901  one branch for each kind of rule
    check = rule.check
    if isinstance(check, Filled):
        if not row.get(check.field):
            scene.make(row, check.field)
    elif isinstance(check, Among):
        _among(row, check, scene)
    elif isinstance(check, Matches):
        if row.get(check.field):
            scene.put(row, check.field, scene.makers[check.field].matching(check.pattern, scene.random))
    elif isinstance(check, Ordered):
        _ordered(row, check, scene)
    elif isinstance(check, StartsWith):
        _starts_with(row, check, scene)
    elif isinstance(check, Reference):
        _refers(row, check, scene)
    elif isinstance(check, Fresh):
        _fresh(row, check, scene)
    elif isinstance(check, Unique):
        _unique(row, check, scene)


def _among(row: Row, check: Among, scene: Scene) -> None:
    allowed = scene.standard.allowed(check.values, check.codes)
    if row.get(check.field) and allowed is not None and row[check.field] not in allowed:
        fitting = [value for value in sorted(allowed) if scene.makers[check.field].fits(value)]
        if fitting:
            row[check.field] = scene.random.choice(fitting)


def _ordered(row: Row, check: Ordered, scene: Scene) -> None:
    first, second = row.get(check.first), row.get(check.second)
    field = scene.standard.field(check.first)
    if first and second and field and not not_greater(field.type)(first, second):
        scene.put(row, check.first, second)
        scene.put(row, check.second, first if row[check.first] == second else row[check.first])


def _starts_with(row: Row, check: StartsWith, scene: Scene) -> None:
    text, prefix = row.get(check.field), row.get(check.prefix)
    if not text or not prefix or text.startswith(prefix):
        return
    maker = scene.makers[check.prefix]
    heads = (text[:length] for length in range(len(text), 0, -1))
    row[check.prefix] = next((head for head in heads if maker.fits(head)), prefix)


def _refers(row: Row, check: Reference, scene: Scene) -> None:
    field = scene.standard.field(check.field)
    if scene.standard.field(check.to) is None or not row.get(check.field) or field is None:
        return
    known = [other[check.to] for other in (*scene.rows, row) if other.get(check.to)]
    fitting = [value for value in known if scene.makers[check.field].fits(value)]
    if fitting:
        row[check.field] = scene.random.choice(fitting)
    elif not field.required:
        row.pop(check.field)


def _fresh(row: Row, check: Fresh, scene: Scene) -> None:
    day = scene.today - timedelta(days=scene.random.randint(0, check.days))
    field = scene.standard.field(check.field)
    if field:
        scene.put(row, check.field, day.isoformat() if field.type == "date" else f"{day}T00:00:00+08:00")


def _unique(row: Row, check: Unique, scene: Scene) -> None:
    taken = {tuple(other.get(name, "") for name in check.fields) for other in scene.rows}
    if tuple(row.get(name, "") for name in check.fields) in taken:
        for name in check.fields:
            scene.make(row, name)
