"""The server that ``--postgres`` and the fixture ``postgres_database`` run."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests import postgres


def test_a_database_is_empty_and_keeps_chinese(postgres_database):
    with psycopg.connect(postgres_database) as database:
        (tables,) = database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        (text,) = database.execute("SELECT upper('ü') || '双城'").fetchone()
    assert (tables, text) == (0, "Ü双城")


@pytest.mark.django_db
def test_the_switch_decides_which_database_django_uses(request):
    assert connection.vendor == ("postgresql" if request.config.getoption("--postgres") else "sqlite")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_root_copies_binaries_that_nobody_can_reach(tmp_path, monkeypatch):
    package = Path(postgres.find_spec(postgres.DISTRIBUTION).submodule_search_locations[0])
    tmp_path.chmod(0o700)
    closed = tmp_path / postgres.DISTRIBUTION
    closed.symlink_to(package)
    spec = type("Spec", (), {"submodule_search_locations": [str(closed)]})
    monkeypatch.setattr(postgres, "find_spec", lambda _: spec)
    folder = tmp_path / "server"
    folder.mkdir()
    binaries = postgres._binaries(folder, postgres._account(folder))
    assert (binaries / "postgres").is_relative_to(folder)
    assert (binaries / "postgres").stat().st_size > 0
    assert folder.stat().st_uid != 0
