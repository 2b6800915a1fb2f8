"""Databases in a backup: SQLite as a snapshot that can be opened, PostgreSQL table by table and back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from twincity.engines.identity import facade as identity
from twincity.node.archive import tables


def test_a_sqlite_file_is_copied_as_it_stands_while_a_writer_is_busy(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "scratch").mkdir()
    with closing(sqlite3.connect(tmp_path / "db/some.db")) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t (n INTEGER)")
        writer.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(1000)])
        writer.commit()
        writer.execute("INSERT INTO t VALUES (-1)")  # not committed, so not part of the copy
        found = {
            name: path for name, path in tables.snapshots(tmp_path, tmp_path / "scratch") if name.startswith("db/")
        }
        writer.rollback()
    with closing(sqlite3.connect(found["db/some.db"])) as copy:
        assert copy.execute("SELECT count(*), min(n) FROM t").fetchone() == (1000, 0)


@pytest.mark.django_db(transaction=True)
def test_postgresql_comes_back_row_by_row_and_its_sequences_go_on(tmp_path: Path) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("COPY is PostgreSQL's: run with --postgres")
    identity.register_party(identifier="urn:one", kind="person", title="垫江\t县\n换行 \\N")
    identity.create_account(username="li", password="quite-long-enough-9", roles=["steward"], party="urn:one")
    before = [identity.accounts(), identity.party(identifier="urn:one")]
    for _, copy in tables.snapshots(tmp_path, tmp_path):
        assert copy.exists()
    identity.create_account(username="wang", password="quite-long-enough-9")
    assert tables.load(tmp_path) > 10
    assert [identity.accounts(), identity.party(identifier="urn:one")] == before
    identity.create_account(username="zhao", password="quite-long-enough-9")
    assert [each.username for each in identity.accounts()] == ["li", "zhao"]
