"""Reading and writing the two tables of divisions as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from twincity.apps.sharing.divisions.model import Change, Division

FOLDER = Path(__file__).resolve().parent.parent / "data" / "divisions"
DIVISIONS = "divisions.csv"
CHANGES = "changes.csv"

Row = TypeVar("Row", Division, Change)


def read_divisions(folder: Path = FOLDER) -> list[Division]:
    """Every use of every code, by code and then by first day.

    Raises:
        msgspec.ValidationError: naming the column that is wrong.
    """
    return _read(folder / DIVISIONS, Division)


def read_changes(folder: Path = FOLDER) -> list[Change]:
    """The history of codes, oldest first.

    Raises:
        msgspec.ValidationError: naming the column that is wrong.
    """
    return _read(folder / CHANGES, Change)


def to_csv(kind: type[Row], rows: Iterable[Row]) -> str:
    """CSV with a header line, line feeds between lines and empty cells for what is not known."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(kind.__struct_fields__)
    writer.writerows([_cell(value) for value in msgspec.structs.astuple(row)] for row in rows)
    return text.getvalue()


def _read(path: Path, kind: type[Row]) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [msgspec.convert(_values(row), kind, strict=False) for row in csv.DictReader(stream)]


def _values(row: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: cell for name, cell in row.items() if cell}
    if "successors" in values:
        values["successors"] = values["successors"].split()
    return values


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(value)
    return "" if value is None else str(value)
