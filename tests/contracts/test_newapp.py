"""``make new-app``: what it writes is a sound app, by the same tools that judge every other one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.linting import broken
from tests.support import ROOT
from twincity.kernel.problems import Problem
from twincity.node import newapp

PROGRAM = """
import django
django.setup()
from django.core.management import call_command
call_command("check", fail_level="WARNING")
call_command("makemigrations", "gazette", check_changes=True, dry_run=True)
"""


@pytest.mark.parametrize("name", ["a", "1st", "Big", "two words", "a-b", "../x", "class", "x" * 31])
def test_a_name_is_a_short_lower_case_word(name, tmp_path):
    with pytest.raises(Problem, match="breaks its rule"):
        newapp.create(name, tmp_path)


@pytest.mark.parametrize("name", ["admin", "ledger", "transit"])
def test_a_name_is_not_taken(name, tmp_path):
    (tmp_path / "twincity" / "engines" / "ledger").mkdir(parents=True)
    (tmp_path / "twincity" / "apps" / "transit").mkdir(parents=True)
    with pytest.raises(Problem, match="taken"):
        newapp.create(name, tmp_path)
    assert not list(tmp_path.rglob("app.toml"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy of the sources with one new app in it."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in ("twincity", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / file, copy)
    newapp.create("gazette", copy)
    return copy


def run(checkout, *command):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("TWINCITY", "PYTEST"))}
    environment |= {"PYTHONPATH": str(checkout), "DJANGO_SETTINGS_MODULE": "twincity.node.settings"}
    done = subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_its_tests_pass(checkout):
    assert " passed" in run(checkout, "-m", "pytest", "-p", "no:cacheprovider", "twincity/apps/gazette")


def test_it_stays_within_the_boundaries(checkout):
    run(checkout, "-m", "tests.contracts.importlinter", "--write")
    assert "Rooms of apps/gazette" in (checkout / ".importlinter").read_text()
    assert broken([checkout]) == {checkout: set()}


def test_it_passes_the_system_checks_and_needs_no_migration(checkout):
    run(checkout, "-c", PROGRAM)


def test_it_reads_like_the_rest(checkout):
    run(checkout, "-m", "ruff", "check", "--no-cache", "twincity/apps/gazette")
    run(checkout, "-m", "ruff", "format", "--no-cache", "--check", "twincity/apps/gazette")
