"""Reading a bounded table of text from a CSV file, in the encodings that offices use."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from twincity.kernel.problems import Problem, define

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 20_000, 500, 10_000
UNREADABLE = define("table-unreadable", 422, zh="表格不能读取: {reason_zh}", en="The table cannot be read: {reason_en}")


class Table(NamedTuple):
    """Column names, and rows by name; ``more`` when rows beyond the limit were left out."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    more: bool = False


def read_csv(data: bytes, limit: int = MOST_ROWS) -> Table:
    """A table from CSV (RFC 4180) in UTF-8 or GB 18030, its first line naming the columns; missing cells are blank.

    Raises:
        Problem: ``table-unreadable``.
    """
    lines = csv.reader(io.StringIO(_decoded(data), newline=""), strict=True)
    try:
        columns = tuple(name.strip() for name in next(lines, ()))
        _check(columns)
        rows: list[dict[str, str]] = []
        for line in lines:
            if not any(line):
                continue
            if len(rows) == limit:
                return Table(columns, tuple(rows), more=True)
            rows.append(_row(columns, line, lines.line_num))
    except csv.Error as error:
        raise _unreadable(f"第 {lines.line_num} 行不是 CSV", f"line {lines.line_num}: {error}") from error
    return Table(columns, tuple(rows))


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """CSV in UTF-8 with a byte order mark, by which spreadsheets know the encoding."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(["" if row.get(name) is None else row.get(name) for name in columns] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise _unreadable("编码应为 UTF-8 或 GB 18030", "the encoding should be UTF-8 or GB 18030")


def _check(columns: tuple[str, ...]) -> None:
    if not columns or not all(columns):
        raise _unreadable("第一行应写出每列的名称", "the first line should name each column")
    if len(columns) > MOST_COLUMNS:
        raise _unreadable(f"超过 {MOST_COLUMNS} 列", f"more than {MOST_COLUMNS} columns")
    if len(set(columns)) < len(columns):
        raise _unreadable("列名重复", "two columns have one name")


def _row(columns: tuple[str, ...], line: list[str], number: int) -> dict[str, str]:
    if len(line) > len(columns):
        raise _unreadable(f"第 {number} 行的单元格多于列", f"line {number} has more cells than there are columns")
    if any(len(cell) > LONGEST_CELL for cell in line):
        raise _unreadable(f"第 {number} 行有过长的单元格", f"line {number} has a cell that is too long")
    return {name: line[at] if at < len(line) else "" for at, name in enumerate(columns)}


def _unreadable(zh: str, en: str) -> Problem:
    return Problem(UNREADABLE, field="file", reason_zh=zh, reason_en=en)
