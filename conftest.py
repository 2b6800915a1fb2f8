"""Settings of every test run: order and isolation; databases are ``tests/postgres.py``'s, pages ``tests/browser.py``'s.

``pytest`` runs everything on SQLite; ``pytest --postgres`` (or ``TWINCITY_TEST_DB=postgres``) runs what uses the
database once more on PostgreSQL; ``pytest --reverse-order`` shows tests that lean on an earlier one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from twincity.kernel import clock, home
from twincity.node import translations

pytest_plugins = ["tests.browser", "tests.postgres"]
OWN = ("TWINCITY_HOME", "TWINCITY_DATABASE_URL", "TWINCITY_CLOCK_OFFSET")

# The settings were read before this file was: a node named in the environment would already be the one under test.
if set(OWN) & os.environ.keys():
    raise pytest.UsageError(f"unset {', '.join(OWN)}: tests never touch a real node")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("twincity")
    group.addoption("--reverse-order", action="store_true", help="run the tests last to first")


def pytest_configure() -> None:
    translations.compile_changed()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--reverse-order"):
        items.reverse()


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """No test leaves a moved clock or another test's node behind."""
    yield
    clock.shift(0)
    home.current.cache_clear()


@pytest.fixture
def node_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> home.Home:
    """A fresh node's home, which ``home.current()`` returns during the test."""
    made = home.Home.create(tmp_path / "node", settings.CONFIG)
    monkeypatch.setenv("TWINCITY_HOME", str(made.path))
    home.current.cache_clear()
    return made
