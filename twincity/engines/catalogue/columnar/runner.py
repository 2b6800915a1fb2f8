"""A standard over a table of any length: one scan for all rules of single rows, then a query for each rule of many.

The report is the one that ``rules.check.check_rows`` gives over the same rows, outcome by outcome, but that keys and
references are never partial here: what does not fit into memory goes to disk.
"""

# ruff: noqa: S608  names and values are quoted by columnar.sql
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from twincity.engines.catalogue.columnar import keys
from twincity.engines.catalogue.columnar.cells import Stored
from twincity.engines.catalogue.columnar.parts import UNKNOWN, ColumnPart, Part, RulePart
from twincity.engines.catalogue.columnar.sql import name
from twincity.engines.catalogue.columnar.table import ROW, Table
from twincity.engines.catalogue.rules.check import key_rule, require_sets, shapes
from twincity.engines.catalogue.rules.columns import Column
from twincity.engines.catalogue.rules.faults import require_valid
from twincity.engines.catalogue.rules.keys import ForeignReference, OwnReference, UniqueKey
from twincity.engines.catalogue.rules.model import Delivered, Fresh, Reference, Rule, Standard, Unique
from twincity.engines.catalogue.rules.report import Outcome, QualityReport, scores, verdict
from twincity.engines.catalogue.rules.tables import compiled_rule
from twincity.engines.catalogue.rules.tally import Row, Shown
from twincity.engines.catalogue.rules.wholes import Freshness
from twincity.engines.catalogue.rules.work import Scene, TableRule

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CHUNK = 4 * 122_880
"""Rows between two looks at the callbacks: whole row groups, enough of them to keep both threads busy."""
_FETCH = 2048
_BEYOND = 500
"""Numbers of rows asked for in one query."""


def check_table(
    connection: DuckDBPyConnection,
    table: Table,
    standard: Standard,
    *,
    today: date,
    sets: dict[str, frozenset[str]] | None = None,
    keep: int = 20,
    chunk: int = CHUNK,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> QualityReport:
    """Judge a table by a standard.

    Args:
        connection: from :func:`twincity.engines.catalogue.columnar.engine.connect`.
        table: where the rows lie.
        standard: a valid one.
        today: the day against which freshness is measured.
        sets: the standard's external sets of values by id.
        keep: failing rows kept for each rule.
        chunk: rows judged between two calls of the callbacks.
        progress: given the rows judged so far and all rows.
        cancelled: asked as often; when it says yes, the report covers the rows until then.

    Raises:
        Problem: ``standard-faulty`` or ``standard-set-missing``.
    """
    require_valid(standard)
    require_sets(standard, sets or {})
    scene = Scene(standard, Shown(standard, keep), sets or {}, today, 0)
    run = _Run(connection, table, scene)
    stopped = run.scan(chunk, progress, cancelled)
    outcomes = run.outcomes()
    return QualityReport(
        standard=standard.id,
        version=standard.version,
        rows=run.rows,
        verdict=verdict(run.rows, outcomes, cancelled=stopped),
        scores=scores(outcomes),
        outcomes=outcomes,
        unknown_columns=dict.fromkeys(table.beyond, run.rows) if run.rows else {},
    )


class _Run:
    """A standard compiled once for one table."""

    def __init__(self, connection: DuckDBPyConnection, table: Table, scene: Scene) -> None:
        self.rows = 0
        self._connection, self._table, self._scene = connection, table, scene
        self._stored: Stored = {each: self._store(number, each) for number, each in enumerate(scene.sets)}
        standard, shown, sets = scene.standard, scene.shown, scene.sets
        self._columns = [
            ColumnPart(field, partial(Column, field, standard, shown, sets), scene, self._stored)
            for field in standard.fields
        ]
        self._shapes = shapes(shown)
        self._rules = [self._ruled(rule) for rule in (*key_rule(standard), *standard.rules)]
        self._parts: list[Part] = [*self._columns, *(each for each in self._rules if isinstance(each, Part))]

    def _store(self, number: int, named: str) -> str:
        values = [value for value in self._scene.sets[named]]  # type: ignore[attr-defined]  # noqa: C416
        self._connection.execute(f"CREATE OR REPLACE TABLE set_{number} AS SELECT unnest(?::VARCHAR[]) AS v", [values])
        return f"set_{number}"

    def _ruled(self, rule: Rule) -> RulePart | tuple[Rule, TableRule]:
        check = rule.check
        if isinstance(check, Unique | Reference | Fresh | Delivered):
            return rule, compiled_rule(rule, self._scene)
        return RulePart(rule, check, self._scene, self._stored)

    def scan(self, chunk: int, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> bool:
        """Judge single rows; whether that was cancelled."""
        (total,) = self._connection.execute(f"SELECT count(*) FROM ({self._table.select([])})").fetchone() or (0,)
        while self.rows < total and not cancelled():
            until = min(self.rows + chunk, total)
            self._count(self.rows, until)
            self.rows = until
            progress(self.rows, total)
        return self.rows < total

    def _count(self, begin: int, end: int) -> None:
        codes = ", ".join(f"({part.code})::TINYINT AS c{number}" for number, part in enumerate(self._parts))
        inner = f"SELECT {name(ROW)} AS r, {codes} FROM ({self._chosen(begin, end)})"
        wanted = ", ".join(chain.from_iterable(self._aggregates(n, part) for n, part in enumerate(self._parts)))
        found = iter(self._connection.execute(f"SELECT {wanted} FROM ({inner})").fetchone() or ())
        for part in self._parts:
            self._noted(part, found)
            if next(found):
                part.ask(self._asked(part, begin, end))

    def _aggregates(self, number: int, part: Part) -> Iterator[str]:
        code, keep = f"c{number}", self._scene.shown.keep
        for slot in part.slots:
            yield f"count_if({code} = {slot.code})"
            if slot.tally is not None and len(slot.first) < keep:
                yield f"min(r, {keep - len(slot.first)}) FILTER (WHERE {code} = {slot.code})"
        yield f"count_if({code} = {UNKNOWN})"

    def _noted(self, part: Part, found: Iterator[Any]) -> None:
        for slot in part.slots:
            slot.count += next(found)
            if slot.tally is not None and len(slot.first) < self._scene.shown.keep:
                slot.first += next(found) or []

    def _asked(self, part: Part, begin: int, end: int) -> Iterator[tuple[int, Row]]:
        """Rows of a chunk that a part cannot judge in SQL."""
        fields = tuple(dict.fromkeys((*part.fields, *self._key_fields())))
        query = f"SELECT * FROM ({self._chosen(begin, end)}) WHERE ({part.code}) = {UNKNOWN} ORDER BY {name(ROW)}"
        picked = ", ".join(name(each) for each in (ROW, *fields))
        for at, row in self._read(f"SELECT {picked} FROM ({query})", fields):
            yield at + 1, row

    def _chosen(self, begin: int, end: int) -> str:
        every = self._table.select(field.name for field in self._scene.standard.fields)
        return f"SELECT * FROM ({every}) WHERE {name(ROW)} >= {begin} AND {name(ROW)} < {end}"

    def _key_fields(self) -> list[str]:
        return [field.name for field in self._scene.standard.fields if field.key]

    def _read(self, query: str, fields: Iterable[str]) -> Iterator[tuple[int, Row]]:
        names = tuple(fields)
        cursor = self._connection.cursor().execute(query)
        while batch := cursor.fetchmany(_FETCH):
            for at, *cells in batch:
                yield at, dict(zip(names, cells, strict=True))

    def outcomes(self) -> tuple[Outcome, ...]:
        """Every rule's result: the columns', the shape's, the key's, the table's."""
        rows = self._noted_rows()
        for part in self._parts:
            part.settle(rows, self._scene.shown)
        self._shaped()
        found = [outcome for column in self._columns for outcome in column.outcomes(self.rows)]
        return (*found, self._shapes.outcome(), *(self._ended(rule) for rule in self._rules))

    def _noted_rows(self) -> dict[int, Row]:
        """The failing rows that are shown."""
        wanted = sorted({at for part in self._parts for slot in part.slots for at in slot.first})
        if self._table.beyond:
            wanted = sorted({*wanted, *range(min(self.rows, self._scene.shown.keep))})
        fields = [field.name for field in self._scene.standard.fields]
        found: dict[int, Row] = {}
        for start in range(0, len(wanted), _BEYOND):
            numbers = ", ".join(map(str, wanted[start : start + _BEYOND]))
            query = f"SELECT * FROM ({self._table.select(fields)}) WHERE {name(ROW)} IN ({numbers})"
            found |= dict(self._read(query, fields))
        self._shown_rows = found
        return found

    def _shaped(self) -> None:
        self._shapes.checked = self.rows
        if self._table.beyond and self.rows:
            shown, first = self._scene.shown, self._table.beyond[0]
            numbers = range(min(self.rows, shown.keep))
            failures = [shown.failure(self._shown_rows[at], at + 1, first, "") for at in numbers]
            self._shapes.fail_again(failures, self.rows)

    def _ended(self, ruled: RulePart | tuple[Rule, TableRule]) -> Outcome:
        if isinstance(ruled, RulePart):
            return ruled.outcomes(self.rows)[0]
        rule, work = ruled
        scanned = keys.Scanned(self._connection, self._table, self._scene, self.rows)
        scanned.stored = self._stored
        if isinstance(work, UniqueKey) and isinstance(rule.check, Unique):
            keys.unique(work, rule, rule.check, scanned)
        elif isinstance(work, OwnReference | ForeignReference) and isinstance(rule.check, Reference):
            keys.reference(work, rule, rule.check, scanned)
        elif isinstance(work, Freshness) and isinstance(rule.check, Fresh):
            keys.fresh(work, rule.check, scanned)
        return work.outcome(self.rows)
