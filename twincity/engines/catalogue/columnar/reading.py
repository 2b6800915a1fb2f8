"""Rows of a table for a call, a file of them for a bulk delivery, and the fingerprint of all."""

# ruff: noqa: S608  names and values are quoted by columnar.sql
from __future__ import annotations

import hashlib
import heapq
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from twincity.engines.catalogue.columnar.sql import blank, name, text, texts
from twincity.engines.catalogue.columnar.table import ROW
from twincity.engines.catalogue.columnar.tasks import Condition, Extract, Extracted, Fingerprint, Select
from twincity.engines.catalogue.documents.digest import TableDigest
from twincity.kernel import canonical

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FETCH = 4096
_FORMATS = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER",
    "ndjson": "FORMAT json",
}
_WHOLE = "0|-?[1-9][0-9]{0,14}"
"""Whole numbers that JSON readers keep exactly."""
_SORTED = 100_000
"""Lines sorted in memory at once; the sorted pieces are merged from disk."""


def select(connection: DuckDBPyConnection, task: Select) -> list[dict[str, str | None]]:
    """Rows that meet all conditions; blank cells are null."""
    wanted = dict.fromkeys((*task.fields, *(each.field for each in task.conditions), *task.order))
    order = ", ".join(f"coalesce({name(each)}, '')" for each in task.order)
    where = [_meets(each) for each in task.conditions]
    if task.after:
        where.append(f"({order}) > ({', '.join(map(text, task.after))})")
    cells = ", ".join(f"nullif({name(each)}, '') AS {name(each)}" for each in task.fields)
    rows = connection.execute(
        f"SELECT {cells} FROM ({task.table.select(wanted)}) WHERE {' AND '.join(where) or 'TRUE'} "
        f"ORDER BY {order + ', ' if order else ''}{name(ROW)} LIMIT {task.limit} OFFSET {task.skip}"
    ).fetchall()
    return [dict(zip(task.fields, row, strict=True)) for row in rows]


def extract(connection: DuckDBPyConnection, task: Extract) -> Extracted:
    """A file in the order of the table, whole or not there at all."""
    wanted = dict.fromkeys((*task.fields, *(each.field for each in task.conditions)))
    where = " AND ".join(_meets(each) for each in task.conditions) or "TRUE"
    cells = ", ".join(f"nullif({name(each)}, '') AS {name(each)}" for each in task.fields)
    if task.format == "ndjson":
        cells = ", ".join(f"{_json(each, task)} AS {name(each)}" for each in task.fields)
    query = f"SELECT {cells} FROM ({task.table.select(wanted)}) WHERE {where} ORDER BY {name(ROW)}"
    options = _FORMATS[task.format]
    target = Path(task.target)
    draft = target.with_name(f"{target.name}.draft")
    (rows,) = connection.execute(f"COPY ({query}) TO {text(str(draft))} ({options})").fetchone() or (0,)
    size, digest = measured(draft)
    draft.replace(target)
    return Extracted(rows=rows, size=size, sha256=digest)


def _json(field: str, task: Extract) -> str:
    """A cell as calls give it: whole numbers and truth values as such, where they are written in their plain form."""
    cell = f"nullif({name(field)}, '')"
    plain = _WHOLE if field in task.integers else "true|false" if field in task.booleans else ""
    if not plain:
        return cell
    return f"CASE WHEN regexp_full_match({cell}, {text(plain)}) THEN {cell}::JSON ELSE to_json({cell}) END"


def measured(path: Path) -> tuple[int, str]:
    """Size of a file and its SHA-256."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _meets(condition: Condition) -> str:
    cell, values = name(condition.field), condition.values
    if condition.op == "in":
        held = f"{cell} IN {texts(set(values))}"
    elif condition.op == "prefix":
        held = " OR ".join(f"starts_with({cell}, {text(value)})" for value in values)
    else:
        sign = ">=" if condition.op == "min" else "<="
        kind = "DOUBLE" if condition.number else "VARCHAR"
        held = f"TRY_CAST({cell} AS {kind}) {sign} TRY_CAST({text(values[0])} AS {kind})"
    return f"(NOT {blank(cell)} AND ({held}))"


def fingerprint(
    connection: DuckDBPyConnection, task: Fingerprint, folder: Path, progress: Callable[[int, int], None]
) -> TableDigest:
    """As :func:`twincity.engines.catalogue.documents.digest_rows` over the rows as calls give them out."""
    found, rows = hashlib.sha256(), 0
    with ExitStack() as stack:
        pieces = [stack.enter_context(_piece(folder, lines)) for lines in _sorted(connection, task)]
        for line in heapq.merge(*pieces):
            found.update(line)
            rows += 1
            if not rows % _SORTED:
                progress(rows, 0)
    return TableDigest(rows, found.hexdigest())


@contextmanager
def _piece(folder: Path, lines: list[bytes]) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile(dir=folder) as file:
        file.writelines(lines)
        file.seek(0)
        yield file


def _sorted(connection: DuckDBPyConnection, task: Fingerprint) -> Iterator[list[bytes]]:
    lines: list[bytes] = []
    for row in _typed_rows(connection, task):
        lines.append(canonical.encode(row) + b"\n")
        if len(lines) >= _SORTED:
            yield sorted(lines)
            lines = []
    yield sorted(lines)


def _typed_rows(connection: DuckDBPyConnection, task: Fingerprint) -> Iterator[dict[str, Any]]:
    fields = tuple(task.table.columns)
    query = f"SELECT {', '.join(map(name, fields))} FROM ({task.table.select(fields)})"
    cursor = connection.execute(query)
    while batch := cursor.fetchmany(_FETCH):
        for cells in batch:
            row = {field: cell for field, cell in zip(fields, cells, strict=True) if cell}
            yield typed(row, task.integers, task.booleans)


def typed(row: dict[str, Any], integers: tuple[str, ...], booleans: tuple[str, ...]) -> dict[str, Any]:
    """A row with its whole numbers and truth values as such, where they are written in their plain form."""
    for field in integers:
        row[field] = _number(row[field]) if row.get(field) else row.get(field)
    for field in booleans:
        row[field] = {"true": True, "false": False}.get(row.get(field) or "", row.get(field))
    return {field: cell for field, cell in row.items() if cell is not None}


def _number(cell: str) -> int | str:
    digits = cell.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 15):  # JSON keeps 53 bits
        return cell
    return int(cell) if str(int(cell)) == cell else cell
