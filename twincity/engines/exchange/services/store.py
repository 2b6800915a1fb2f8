"""The machines' way into the database: one thread, raw SQL, many writes to one durable commit.

It is the main database, so that a handler's effect and the note that it was done are one transaction. There, commits of
pages may be lost with the power; what a machine was told is kept must not, so these connections flush every commit.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from django.db import DatabaseError, connection, transaction

from twincity.kernel.problems import UNAVAILABLE, Problem
from twincity.kernel.writer import GroupWriter

Result = TypeVar("Result")
Work = Callable[[Any], Any]
"""Takes a cursor; run within a transaction that it shares with others."""
WRITING = threading.RLock()
"""Taken by the threads that write much, around their transactions: SQLite lets only one write, and lets the others
find out by trying again after ever longer sleeps."""
LIMIT = 8192
"""Works that may wait before more are refused."""
BATCH = 512


def make_durable() -> None:
    """Have each commit of this thread's connection on disk before it returns; PostgreSQL does so anyway."""
    connection.ensure_connection()
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        connection.cursor().execute("PRAGMA synchronous=FULL")


class Store:
    """The thread through which the event loop reads and writes messages."""

    def __init__(self) -> None:
        self._fresh = True
        self._writer: GroupWriter[Work, Any] = GroupWriter(
            self._commit, name="delivery-store", limit=LIMIT, batch=BATCH
        )

    async def do(self, work: Callable[[Any], Result]) -> Result:
        """What a piece of work gave, once it is on disk.

        Raises:
            Problem: ``unavailable`` when the database refused it, or too much waits.
        """
        return self._given(await self._writer.submit(work))

    def do_wait(self, work: Callable[[Any], Result]) -> Result:
        """The same from a plain thread."""
        return self._given(self._writer.submit_threaded(work).result())

    def submit(self, work: Work) -> asyncio.Future[Any]:
        """Queue a piece of work in its place; what it gave comes unchecked, see :meth:`do`."""
        return self._writer.submit(work)

    def close(self) -> None:
        """Do what waits, and end the thread."""
        self._writer.submit_threaded(_close)
        self._writer.close()

    def _given(self, result: Any) -> Any:
        if isinstance(result, Exception):
            raise Problem(UNAVAILABLE, retry_after=1, reason="the database") from result
        return result

    def _commit(self, works: list[Work]) -> Sequence[Any]:
        if self._fresh:
            make_durable()
            self._fresh = False
        try:
            return self._together(works)
        except DatabaseError:
            # One may have spoilt it for all: each alone, so that only that one fails.
            return [self._alone(work) for work in works]

    def _together(self, works: list[Work]) -> list[Any]:
        with WRITING, transaction.atomic(), connection.cursor() as cursor:
            return [work(cursor) for work in works]

    def _alone(self, work: Work) -> Any:
        try:
            return self._together([work])[0]
        except DatabaseError as error:
            return error


def _close(_: Any) -> None:
    transaction.on_commit(connection.close)


def rows(cursor: Any) -> list[dict[str, Any]]:
    """All rows of a query, by column name; binary columns as bytes."""
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def insert(cursor: Any, table: str, row: dict[str, Any], conflict: str = "") -> bool:
    """Insert a row; whether it was new, when ``conflict`` names the columns in which it may not be."""
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join(["%s"] * len(row))
    clause = f" ON CONFLICT ({conflict}) DO NOTHING" if conflict else ""
    cursor.execute(f'INSERT INTO "{table}" ({names}) VALUES ({places}){clause}', list(row.values()))  # noqa: S608
    return cast("int", cursor.rowcount) == 1


def insert_many(cursor: Any, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows that have the same columns."""
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in rows[0])
    places = ", ".join(["%s"] * len(rows[0]))
    cursor.executemany(
        f'INSERT INTO "{table}" ({names}) VALUES ({places})',  # noqa: S608
        [list(row.values()) for row in rows],
    )
