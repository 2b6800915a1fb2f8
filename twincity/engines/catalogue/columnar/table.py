"""A table on disk as the rules see it: one Parquet file of text, its columns named by the standard's fields."""

# ruff: noqa: S608  names and values are quoted by columnar.sql
from __future__ import annotations

from collections.abc import Iterable

import msgspec

from twincity.engines.catalogue.columnar.sql import name, text

ROW = "#row"
"""Number of a row in its file, from 0; no field can have this name."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Parquet file, and by field of the standard the column that holds it; columns not named are left out.

    Attributes:
        beyond: columns that the standard does not know and that count as faults.
    """

    file: str
    columns: dict[str, str]
    beyond: tuple[str, ...] = ()

    def select(self, fields: Iterable[str]) -> str:
        """A query for some fields of all rows with :data:`ROW`; a field that no column holds is null."""
        cells = ", ".join(f"{self._cell(field)} AS {name(field)}" for field in fields)
        source = f"read_parquet({text(self.file)}, file_row_number = true)"
        return f"SELECT file_row_number AS {name(ROW)}{', ' if cells else ''}{cells} FROM {source}"

    def _cell(self, field: str) -> str:
        column = self.columns.get(field)
        return name(column) if column is not None else "NULL::VARCHAR"
