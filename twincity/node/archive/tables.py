"""The databases of a node as files: a snapshot of each SQLite file, or every table of PostgreSQL as COPY text."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

FOLDER = "postgresql"
PAGES = 4096
"""Pages of SQLite copied at a time, between which writers have their turn."""


def snapshots(home: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Name in the archive and file of a consistent copy of each database; a file may be deleted once it was read."""
    for path in sorted((home / "db").glob("*.db")):
        copy = scratch / path.name
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target, pages=PAGES)
        yield f"db/{path.name}", copy
    if connection.vendor == "postgresql":
        yield from _postgresql(scratch)


def _postgresql(scratch: Path) -> Iterator[tuple[str, Path]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table in sorted(connection.introspection.table_names(cursor)):
            path = scratch / f"{table}.copy"
            with path.open("wb") as file, cursor.copy(f"COPY {_quoted(table)} TO STDOUT") as rows:
                for block in rows:
                    file.write(block)
            yield f"{FOLDER}/{table}.copy", path


def load(folder: Path) -> int:
    """Fill a migrated PostgreSQL database with the tables of an archive, replacing its rows; how many tables.

    Constraints between tables are deferred to the end, as Django declares them.
    """
    found = sorted(folder.glob("*.copy"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        known = connection.introspection.table_names(cursor)
        cursor.execute(f"TRUNCATE {', '.join(map(_quoted, known))} CASCADE")
        for path in found:
            with path.open("rb") as file, cursor.copy(f"COPY {_quoted(path.stem)} FROM STDIN") as rows:
                while block := file.read(1 << 20):
                    rows.write(block)
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(statement)
    return len(found)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
