"""The shell scripts around the tests, run with stand-ins for the programs that they call."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from shutil import which

import pytest

from tests.support import ROOT


def program(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def run(script: str, path: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [which("bash"), ROOT / script],
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(("failing", "code"), [("", 0), ("test", 3), ("check", 3)])
def test_ci_runs_tests_and_checks_and_fails_when_one_does(tmp_path, failing, code):
    program(tmp_path, "make", f'for last; do :; done\necho "made $last"\n[ "$last" != "{failing}" ] || exit 3')
    done = run(".ci/run", f"{tmp_path}:{os.environ['PATH']}", CI="true")
    assert done.returncode == code
    assert [line for line in done.stdout.splitlines() if line.startswith("made")] == ["made test", "made check"]


@pytest.fixture
def bare(tmp_path):
    """A machine without a browser, whose user is ``1000``."""
    program(tmp_path, "id", "echo 1000")
    return tmp_path


def test_without_a_browser_the_setup_says_so_and_succeeds(bare):
    done = run("tests/browser-setup.sh", str(bare))
    assert (done.returncode, done.stderr) == (0, "")
    assert "skipped, Chromium is missing" in done.stdout


@pytest.mark.parametrize(("code", "word"), [(0, "installing"), (1, "skipped, Chromium could not be installed")])
def test_root_installs_a_browser_and_goes_on_without_one(bare, code, word):
    program(bare, "id", "echo 0")
    program(bare, "apt-get", f"exit {code}")
    done = run("tests/browser-setup.sh", str(bare))
    assert (done.returncode, done.stderr) == (0, "")
    assert word in done.stdout.splitlines()[-1]


def test_a_machine_with_a_browser_is_left_alone(bare):
    for name in ("chromium", "chromedriver"):
        program(bare, name, "exit 1")
    done = run("tests/browser-setup.sh", str(bare))
    assert (done.returncode, done.stdout) == (0, "")
