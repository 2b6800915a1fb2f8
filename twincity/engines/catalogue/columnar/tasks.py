"""What a child process can be asked to do, and what it answers: one JSON line each way."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from twincity.engines.catalogue.columnar.table import Table
from twincity.engines.catalogue.rules.model import Standard
from twincity.kernel.problems import define

REFUSED = define(
    "table-refused", 422, zh="不能作为数据表读入: {reason_zh}", en="Cannot be read as a table: {reason_en}"
)
Kind = Literal["csv", "parquet", "geojson", "sql"]


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition on the text of a field; a blank never meets it."""

    field: str
    op: Literal["in", "prefix", "min", "max"]
    values: tuple[str, ...]
    number: bool = False
    """Whether ``min`` and ``max`` compare as numbers."""


class Tabulate(msgspec.Struct, frozen=True, tag="tabulate"):
    """Turn a file, or a table of another database, into one Parquet file of text."""

    kind: Kind
    origin: str
    """Path of the file; for ``sql`` the URL of the database."""
    target: str
    table: str = ""
    shown: int = 8


class Check(msgspec.Struct, frozen=True, tag="check"):
    """Judge a table by a standard."""

    table: Table
    standard: Standard
    sets: dict[str, tuple[str, ...]]
    today: date
    keep: int = 50


class Select(msgspec.Struct, frozen=True, tag="select"):
    """Some rows of a table, in the order of ``order`` and then of the file."""

    table: Table
    fields: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    order: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    """Values of ``order`` behind which to begin."""
    skip: int = 0
    limit: int = 100


class Extract(msgspec.Struct, frozen=True, tag="extract"):
    """Write some columns and rows of a table to a file, always the same bytes for the same request."""

    table: Table
    fields: tuple[str, ...]
    target: str
    format: Literal["parquet", "csv", "ndjson"]
    conditions: tuple[Condition, ...] = ()
    integers: tuple[str, ...] = ()
    booleans: tuple[str, ...] = ()
    """Fields that NDJSON gives as numbers and truth values; the other formats give all cells as text."""


class Fingerprint(msgspec.Struct, frozen=True, tag="fingerprint"):
    """The catalogue's fingerprint of a table; fields that are numbers or truth values count as such."""

    table: Table
    integers: tuple[str, ...] = ()
    booleans: tuple[str, ...] = ()


Task = Tabulate | Check | Select | Extract | Fingerprint


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a new table."""

    name: str
    type: str
    """The narrowest type of a standard that all its cells have."""
    filled: int
    distinct: int
    """About."""
    longest: int
    shortest: int = 0
    """Characters of the shortest filled cell."""


class Tabulated(msgspec.Struct, frozen=True, kw_only=True):
    """A new table: its rows, columns, first rows, and SHA-256 of its file and of what it was made from."""

    rows: int
    columns: tuple[Seen, ...]
    first: tuple[tuple[str | None, ...], ...]
    sha256: str
    origin_sha256: str
    size: int
    encoding: str = ""
    delimiter: str = ""


class Extracted(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was written."""

    rows: int
    size: int
    sha256: str


class Line(msgspec.Struct, omit_defaults=True):
    """One line of a child: progress, the result, or what went wrong."""

    done: int = -1
    total: int = 0
    result: Any = None
    code: str = ""
    field: str = ""
    values: dict[str, Any] = {}
    error: str = ""
