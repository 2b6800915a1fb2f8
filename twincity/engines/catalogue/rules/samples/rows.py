"""Rows that follow their standard, made up from a fixed seed."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date
from random import Random

import msgspec

from twincity.engines.catalogue.rules.check import check_rows
from twincity.engines.catalogue.rules.faults import require_valid
from twincity.engines.catalogue.rules.model import Delivered, Standard
from twincity.engines.catalogue.rules.report import QualityReport
from twincity.engines.catalogue.rules.samples.repairs import Row, Scene, repair
from twincity.engines.catalogue.rules.samples.values import Anything, Maker
from twincity.kernel.problems import Problem, define

NO_SAMPLES = define(
    "standard-no-samples",
    422,
    zh="没有找到符合标准 {standard} 的示例行: 规则 {name} 总不满足",
    en="No sample row was found that follows standard {standard}: rule {name} is never kept",
)
SEED = 43697
MOST = 100
TRIES, ROUNDS = 40, 3
FILLED = 0.8
"""Share of the optional cells that are filled."""


def sample_rows(
    standard: Standard,
    count: int = 5,
    *,
    today: date,
    seed: int = SEED,
    sets: Mapping[str, Container[str]] | None = None,
) -> tuple[dict[str, str], ...]:
    """Up to ``count`` rows that the standard passes as a whole; the same ones for the same arguments.

    External sets that are not given count as holding everything. How many rows have to be delivered is left aside.

    Raises:
        Problem: ``standard-faulty``, or ``standard-no-samples`` when no single row could be found.
    """
    require_valid(standard)
    studio = Studio(standard, today, Random(seed), sets or {})  # noqa: S311  samples are no secret
    while len(studio.rows) < min(count, MOST) and studio.add():
        pass
    if not studio.rows:
        raise Problem(NO_SAMPLES, rule=studio.broken, standard=standard.id, name=studio.broken)
    return tuple(studio.rows)


class Studio:
    """Makes rows one after another, each good together with those before it."""

    def __init__(self, standard: Standard, today: date, random: Random, sets: Mapping[str, Container[str]]) -> None:
        kept = tuple(rule for rule in standard.rules if not isinstance(rule.check, Delivered))
        self.standard = msgspec.structs.replace(standard, rules=kept)
        self.today, self.random = today, random
        self.sets = {name: sets.get(name, Anything()) for name in standard.external}
        self.makers = {field.name: Maker(field, standard, self.sets, today) for field in standard.fields}
        self.rows: list[Row] = []
        self.broken = ""

    def add(self) -> bool:
        """Add a row; False when none was found that fits."""
        for attempt in range(TRIES):
            row = self._made(full=attempt % 2 == 0)
            report = self.judged(row)
            if report.verdict == "passed":
                self.rows.append(row)
                return True
            self.broken = report.failed_rules()[0]
        return False

    def judged(self, row: Mapping[str, str]) -> QualityReport:
        """The rows so far and one more, judged."""
        return check_rows(self.standard, [*self.rows, row], today=self.today, sets=self.sets, keep=3)

    def _made(self, *, full: bool) -> Row:
        row: Row = {}
        for field in self.standard.fields:
            if full or field.required or self.random.random() < FILLED:
                value = self.makers[field.name].make(self.random)
                row |= {field.name: value} if value else {}
        scene = Scene(self.standard, self.makers, self.random, self.rows, self.today)
        for _ in range(ROUNDS):
            for rule in self.standard.rules:
                repair(row, rule, scene)
        return {field.name: row[field.name] for field in self.standard.fields if field.name in row}
