"""From a file or a table of another database to one Parquet file whose cells are all text.

Text keeps every digit and every fault of the original: rules judge what was delivered, not what a reader made of it.
"""

# ruff: noqa: S608  names and values are quoted by columnar.sql
from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twincity.engines.catalogue.columnar import databases
from twincity.engines.catalogue.columnar.reading import measured
from twincity.engines.catalogue.columnar.sql import name, text
from twincity.engines.catalogue.columnar.tasks import Seen, Tabulate, Tabulated
from twincity.engines.catalogue.columnar.texts import LONGEST_LINE, Shape, columns, refused, shape, to_utf8
from twincity.engines.catalogue.rules.values import DATES, DECIMAL, INSTANT, INTEGER, POINT

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

GROUP = 122_880
MOST_ROWS = 100_000_000
LARGEST_GEOJSON = 64 * 2**20
_FORMS = {
    "boolean": "true|false",
    "integer": INTEGER,
    "decimal": DECIMAL,
    "date": DATES["day"],
    "datetime": INSTANT,
    "point": POINT,
}


def tabulate(
    connection: DuckDBPyConnection, task: Tabulate, folder: Path, progress: Callable[[int, int], None]
) -> Tabulated:
    """Make the Parquet file, and say what is in it; without a result there is no file.

    Raises:
        Problem: ``table-refused``.
    """
    import duckdb  # noqa: PLC0415

    target, draft = Path(task.target), Path(f"{task.target}.draft")
    try:
        found = _READERS[task.kind](connection, task, folder, draft)
        seen = _seen(connection, draft, task.shown)
        draft.replace(target)
    except duckdb.Error as error:
        reason = _reason(error, folder)
        raise refused(reason, reason) from error
    finally:
        for left in (draft, folder / "plain.csv"):
            left.unlink(missing_ok=True)
    progress(seen["rows"], seen["rows"])
    size, digest = measured(target)
    origin = measured(Path(task.origin))[1] if task.kind != "sql" else digest
    return Tabulated(
        **seen, sha256=digest, origin_sha256=origin, size=size, encoding=found.encoding, delimiter=found.separator
    )


def _csv(connection: DuckDBPyConnection, task: Tabulate, folder: Path, draft: Path) -> Shape:
    path = Path(task.origin)
    found = shape(path)
    if found.encoding != "utf-8-sig":
        to_utf8(path, folder / "plain.csv", found.encoding)
        path = folder / "plain.csv"
    _copy_csv(connection, path, found, draft)
    return found


def _copy_csv(connection: DuckDBPyConnection, path: Path, found: Shape, draft: Path) -> None:
    named = ", ".join(f"{text(each)}: 'VARCHAR'" for each in found.columns)
    source = (
        f"read_csv({text(str(path))}, columns = {{{named}}}, header = true, delim = {text(found.separator)}, "
        f"quote = '\"', escape = '\"', auto_detect = false, max_line_size = {LONGEST_LINE})"
    )
    _copy(connection, f"SELECT * FROM {source}", draft)


def _copy(connection: DuckDBPyConnection, query: str, draft: Path) -> None:
    connection.execute(f"COPY ({query}) TO {text(str(draft))} (FORMAT parquet, ROW_GROUP_SIZE {GROUP})")


def _parquet(connection: DuckDBPyConnection, task: Tabulate, folder: Path, draft: Path) -> Shape:  # noqa: ARG001
    source = text(task.origin)
    with Path(task.origin).open("rb") as file:
        if file.read(4) != b"PAR1":
            raise refused("不是 Parquet 文件", "this is no Parquet file")
    rows = connection.execute(f"SELECT num_rows FROM parquet_file_metadata({source})").fetchone() or (0,)
    if rows[0] > MOST_ROWS:
        raise refused(f"超过 {MOST_ROWS} 行", f"there are more than {MOST_ROWS} rows")
    described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({source})").fetchall()
    named = columns([each[0] for each in described])
    cells = ", ".join(
        f"{_as_text(name(each[0]), each[1])} AS {name(column)}" for each, column in zip(described, named, strict=True)
    )
    _copy(connection, f"SELECT {cells} FROM read_parquet({source})", draft)
    return Shape("", "", named)


def _as_text(cell: str, kind: str) -> str:
    if kind.startswith("TIMESTAMP WITH"):
        return f"strftime({cell} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
    if kind.startswith("TIMESTAMP"):
        return f"strftime({cell}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S')"
    return f"{cell}::VARCHAR"


def _geojson(connection: DuckDBPyConnection, task: Tabulate, folder: Path, draft: Path) -> Shape:
    path = Path(task.origin)
    if path.stat().st_size > LARGEST_GEOJSON:
        raise refused("GeoJSON 文件过大", "the GeoJSON file is too large")
    try:
        features = json.loads(path.read_bytes(), parse_float=str)["features"]
        rows = [_feature(each) for each in features]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise refused("不是 GeoJSON 要素集合", "this is no GeoJSON feature collection") from error
    named = columns(list(dict.fromkeys(key for row in rows for key in row)))
    return _through_csv(connection, named, ([row.get(each, "") for each in named] for row in rows), folder, draft)


def _feature(feature: dict[str, Any]) -> dict[str, str]:
    """Properties as they are; a point as ``longitude,latitude``, any other geometry as JSON."""
    cells = {key: _cell(value) for key, value in (feature.get("properties") or {}).items()}
    geometry = feature.get("geometry") or {}
    if geometry.get("type") == "Point":
        lng, lat = geometry["coordinates"][:2]
        return cells | {"point": f"{lng},{lat}"}
    return cells | {"geometry": _cell(geometry)}


def _cell(value: Any) -> str:
    """A value of JSON or of a database driver as a cell: times as ISO 8601, decimals without exponent, bytes as hex."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _sql(connection: DuckDBPyConnection, task: Tabulate, folder: Path, draft: Path) -> Shape:
    with databases.table(task.origin, task.table) as (named, rows):
        cells = ([_cell(cell) for cell in row] for row in rows)
        return _through_csv(connection, columns(list(named)), cells, folder, draft)


def _through_csv(
    connection: DuckDBPyConnection, named: tuple[str, ...], rows: Iterable[list[str]], folder: Path, draft: Path
) -> Shape:
    path = folder / "plain.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(named)
        writer.writerows(rows)
    found = Shape("utf-8-sig", ",", named)
    _copy_csv(connection, path, found, draft)
    return found


def _seen(connection: DuckDBPyConnection, draft: Path, shown: int) -> dict[str, Any]:
    source = f"read_parquet({text(str(draft))})"
    named = [each[0] for each in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    measures = ", ".join(_measures(name(each)) for each in named)
    rows, *found = connection.execute(f"SELECT count(*), {measures} FROM {source}").fetchone() or ()
    width = 4 + len(_FORMS)
    groups = [found[at : at + width] for at in range(0, len(found), width)]
    first = connection.execute(f"SELECT * FROM {source} LIMIT {shown}").fetchall()
    return {
        "rows": rows,
        "columns": tuple(_column(each, group) for each, group in zip(named, groups, strict=True)),
        "first": tuple(first),
    }


def _measures(cell: str) -> str:
    fits = (f"count_if(regexp_full_match({cell}, {text(form)}))" for form in _FORMS.values())
    return ", ".join(
        (
            f"count(nullif({cell}, ''))",
            f"approx_count_distinct({cell})",
            f"max(length({cell}))",
            f"min(length(nullif({cell}, '')))",
            *fits,
        )
    )


def _column(named: str, group: list[int | None]) -> Seen:
    filled, distinct, longest, shortest, *fits = (number or 0 for number in group)
    kind = next((each for each, count in zip(_FORMS, fits, strict=True) if filled and count == filled), "string")
    return Seen(
        name=named, type=kind, filled=filled, distinct=min(distinct, filled), longest=longest, shortest=shortest
    )


def _reason(error: Exception, folder: Path) -> str:
    """The first line, without where the file lies on this machine."""
    said = str(error).splitlines()[0].replace(f"{folder}/", "")
    return (said.partition(": ")[2] or said)[:200]


_READERS = {"csv": _csv, "parquet": _parquet, "geojson": _geojson, "sql": _sql}
