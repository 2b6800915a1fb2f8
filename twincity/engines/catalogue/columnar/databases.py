"""One table of another database, read only, as it stands at one moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from twincity.engines.catalogue.columnar.sql import name
from twincity.engines.catalogue.columnar.texts import refused

_FETCH = 2000
Read = tuple[Sequence[str], Iterator[Sequence[Any]]]


@contextmanager
def table(url: str, wanted: str) -> Iterator[Read]:
    """Names of columns and rows of a table; its name is compared with those that exist before it enters a query.

    Raises:
        Problem: ``table-refused`` for an unknown kind of database, or a table that does not exist.
    """
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)) as connection:
            known = [row[0] for row in connection.execute(_SQLITE)]
            yield _read(connection.cursor(), _quoted(wanted, known))
    elif url.startswith("postgresql://"):
        import psycopg  # noqa: PLC0415  only where a PostgreSQL driver is installed

        with psycopg.connect(url) as server, server.cursor(name="twincity") as cursor:
            server.read_only = True
            known = [row[0] for row in server.execute(_POSTGRESQL)]
            yield _read(cursor, ".".join(_quoted(wanted, known, part) for part in wanted.split(".")))
    else:
        raise refused("只支持 SQLite 与 PostgreSQL", "only SQLite and PostgreSQL are read", "source")


_SQLITE = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
_POSTGRESQL = """
SELECT CASE table_schema WHEN current_schema() THEN '' ELSE table_schema || '.' END || table_name
FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
"""


def _quoted(wanted: str, known: list[str], part: str = "") -> str:
    if wanted not in known:
        raise refused(f"没有表 {wanted}", f"there is no table {wanted}", "table")
    return name(part or wanted)


def _read(cursor: Any, quoted: str) -> Read:
    cursor.execute(f"SELECT * FROM {quoted}")  # noqa: S608  the name is one of the tables that exist, and quoted
    first = cursor.fetchmany(_FETCH)
    return [each[0] for each in cursor.description], _rows(cursor, first)


def _rows(cursor: Any, batch: list[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    while batch:
        yield from batch
        batch = cursor.fetchmany(_FETCH)
