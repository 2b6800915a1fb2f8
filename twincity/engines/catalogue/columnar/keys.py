"""Rules over many rows at once, as queries of their own: uniqueness, references and freshness."""

# ruff: noqa: S608  names and values are quoted by columnar.sql
from __future__ import annotations

from typing import TYPE_CHECKING

from twincity.engines.catalogue.columnar.cells import Stored
from twincity.engines.catalogue.columnar.rows import concerned
from twincity.engines.catalogue.columnar.sql import blank, name, text
from twincity.engines.catalogue.columnar.table import ROW, Table
from twincity.engines.catalogue.rules.keys import ForeignReference, OwnReference, UniqueKey
from twincity.engines.catalogue.rules.model import Fresh, Reference, Rule, Unique
from twincity.engines.catalogue.rules.report import Failure
from twincity.engines.catalogue.rules.wholes import Freshness
from twincity.engines.catalogue.rules.work import Scene

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWNUM = name(ROW)


class Scanned:
    """What such a query reads: a table up to a row, with the key fields that failures show."""

    def __init__(self, connection: DuckDBPyConnection, table: Table, scene: Scene, rows: int) -> None:
        self.connection, self.table, self.scene, self.rows = connection, table, scene, rows
        self.stored: Stored = {}
        self._keys = [field.name for field in scene.standard.fields if field.key]

    def source(self, *fields: str) -> str:
        """The rows that the run has read, as a query."""
        chosen = self.table.select(dict.fromkeys((*fields, *self._keys)))
        return f"SELECT * FROM ({chosen}) WHERE {ROWNUM} < {self.rows}"

    def failures(self, query: str, field: str) -> list[Failure]:
        """Failures from a query for row number, value and key fields."""
        found = self.connection.execute(query).fetchall()
        return [
            self.scene.shown.failure({**dict(zip(self._keys, keys, strict=True)), field: value}, at + 1, field, value)
            for at, value, *keys in found
        ]

    def columns(self) -> str:
        """The key fields for the end of a list of columns."""
        return "".join(f", {name(each)}" for each in self._keys)


def unique(work: UniqueKey, rule: Rule, check: Unique, scanned: Scanned) -> None:
    """Rows beyond the first of their key; told apart by a hash of 64 bits, as the rule itself does."""
    cells = [f"coalesce({name(each)}, '')" for each in check.fields]
    filled = " OR ".join(f"{cell} <> ''" for cell in cells)
    whole = scanned.source(*check.fields, *(each.field for each in rule.when))
    query = f"SELECT *, hash({', '.join(cells)}) AS h FROM ({whole}) WHERE {concerned(rule.when)} AND ({filled})"
    scanned.connection.execute(
        f"CREATE OR REPLACE TABLE again AS SELECT h, count(*) AS n FROM ({query}) GROUP BY h HAVING count(*) > 1"
    )
    (failed,) = _one(scanned, "SELECT coalesce(sum(n - 1), 0)::BIGINT FROM again")
    (work.tally.checked,) = _one(scanned, f"SELECT count(*) FROM ({query})")
    if failed:
        nth = f"row_number() OVER (PARTITION BY h ORDER BY {ROWNUM})"
        chosen = f"SELECT {ROWNUM}, {name(check.fields[0])}{scanned.columns()} FROM ({query}) SEMI JOIN again USING (h)"
        listed = f"{chosen} QUALIFY {nth} > 1 ORDER BY {ROWNUM} LIMIT {scanned.scene.shown.keep}"
        work.tally.fail_again(scanned.failures(listed, check.fields[0]), failed)


def reference(work: OwnReference | ForeignReference, rule: Rule, check: Reference, scanned: Scanned) -> None:
    """Values that the column or set referred to does not hold."""
    parts = _parts(rule, check, scanned)
    target = _target(work, check, scanned)
    (work.tally.checked,) = _one(scanned, f"SELECT count(*) FROM ({parts})")
    scanned.connection.execute(
        f"CREATE OR REPLACE TABLE nowhere AS SELECT part, n "
        f"FROM (SELECT part, count(*) AS n FROM ({parts}) GROUP BY part) ANTI JOIN ({target}) ON part = target"
    )
    (failed,) = _one(scanned, "SELECT coalesce(sum(n), 0)::BIGINT FROM nowhere")
    if failed:
        strange = f"SELECT * FROM ({parts}) SEMI JOIN nowhere USING (part)"
        order = f"{ROWNUM}, place"
        if isinstance(work, OwnReference):  # it learns only at the end that a value stands nowhere
            order = f"min({ROWNUM} * 1000000 + place) OVER (PARTITION BY part), {order}"
        listed = f"SELECT {ROWNUM}, part{scanned.columns()} FROM ({strange}) ORDER BY {order}"
        found = scanned.failures(f"{listed} LIMIT {scanned.scene.shown.keep}", check.field)
        work.tally.fail_again(found, failed)


def _parts(rule: Rule, check: Reference, scanned: Scanned) -> str:
    cell = name(check.field)
    whole = scanned.source(check.field, *(each.field for each in rule.when))
    held = f"SELECT * FROM ({whole}) WHERE NOT {blank(cell)} AND {concerned(rule.when)}"
    if not check.separator:
        return f"SELECT *, {cell} AS part, 0 AS place FROM ({held})"
    pieces = f"string_split({cell}, {text(check.separator)})"
    listed = f"SELECT *, unnest({pieces}) AS part, generate_subscripts({pieces}, 1) AS place FROM ({held})"
    return f"SELECT * FROM ({listed}) WHERE part <> ''"


def _target(work: OwnReference | ForeignReference, check: Reference, scanned: Scanned) -> str:
    if isinstance(work, ForeignReference):
        return f"SELECT v AS target FROM {name(scanned.stored[check.to])}"
    return f"SELECT coalesce({name(check.to)}, '') AS target FROM ({scanned.source(check.to)})"


def fresh(work: Freshness, check: Fresh, scanned: Scanned) -> None:
    """The newest date that is not in the future."""
    cell, latest = f"left({name(check.field)}, 10)", text(scanned.scene.today.isoformat())
    (newest,) = _one(scanned, f"SELECT max({cell}) FROM ({scanned.source(check.field)}) WHERE {cell} <= {latest}")
    work.newest = newest or ""


def _one(scanned: Scanned, query: str) -> tuple:
    return scanned.connection.execute(query).fetchone() or ()
