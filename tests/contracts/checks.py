"""What ``make check`` asks of the whole project beyond style and types: ``python -m tests.contracts.checks``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from itertools import chain

import django
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from tests.contracts import importlinter, manuals, texts
from tests.support import ROOT
from twincity.node import translations


def system_checks() -> Iterator[str]:
    """Django's checks and the boundaries, warnings included."""
    try:
        call_command("check", fail_level="WARNING", stdout=StringIO(), stderr=StringIO())
    except SystemCheckError as error:
        yield str(error)


def migrations() -> Iterator[str]:
    """Models and migrations agree."""
    output = StringIO()
    try:
        with redirect_stdout(output), redirect_stderr(output):
            call_command("makemigrations", check_changes=True, dry_run=True, interactive=False)
    except SystemExit:
        yield output.getvalue()


def import_contracts() -> Iterator[str]:
    """``.importlinter`` speaks of the units that exist, and every module in them has its place."""
    if importlinter.TARGET.read_text("ascii") != importlinter.render(ROOT / "twincity"):
        yield ".importlinter is out of date: python -m tests.contracts.importlinter --write"
    for stranger in importlinter.strangers(ROOT / "twincity"):
        yield f"{stranger} is neither a room nor named in tests/contracts/rooms.py"


def translated() -> list[str]:
    """Every message has its Chinese."""
    return translations.check(translations.units())


CHECKS: dict[str, Callable[[], Iterable[str]]] = {
    "system checks": system_checks,
    "migrations": migrations,
    "migration names": texts.migration_names,
    "import contracts": import_contracts,
    "translations": translated,
    "hosts and machine paths": texts.places,
    "file budget": texts.long_files,
    "sources of data": texts.sources,
    "manuals": manuals.missing,
}


def remarks() -> Iterator[str]:
    """What should be looked at, and does not fail."""
    return chain(texts.long_files(limit=texts.LONG_FILE), texts.long_functions())


def run(check: Callable[[], Iterable[str]]) -> list[str]:
    """What a check found; one that breaks down says so, and lets the others go on."""
    try:
        return list(check())
    except Exception as error:  # noqa: BLE001  whatever it is, it is this check's finding
        return [f"cannot be run: {type(error).__name__}: {error}"]


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "twincity.node.settings")
    django.setup()
    failed = 0
    for name, check in CHECKS.items():
        found = run(check)
        failed += bool(found)
        print(f"{'FAILED' if found else 'ok':6} {name}")
        print(*(f"       {line}" for line in found), sep="\n", end="\n" if found else "")
    for line in remarks():
        print(f"look   {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
