"""The main job as a new user sees it: ``twincity demo --once``, then the offline verifier on what it wrote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STEPS = 11


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "twincity", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=290)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    folder = tmp_path_factory.mktemp("demo")
    return run("demo", "--once", "--folder", str(folder)), folder


@pytest.mark.slow
def test_every_step_of_the_demo_holds(played: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    result, _ = played
    assert result.returncode == 0, result.stdout + result.stderr
    assert "✗" not in result.stdout
    assert [f"\n{number}. " in result.stdout for number in range(1, STEPS + 1)] == [True] * STEPS
    for code in ("grant-missing", "signature-expired", "signature-replayed", "key-revoked"):
        assert code in result.stdout


@pytest.mark.slow
def test_the_bundle_verifies_offline_and_a_flipped_byte_does_not(
    played: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, folder = played
    whole = run("evidence", "verify", str(folder / "evidence.json"))
    assert whole.returncode == 0, whole.stdout
    assert "[planning.mingyueshan] → ok" in whole.stdout
    assert run("evidence", "verify", str(folder / "evidence-flipped.json")).returncode != 0
    wrong_charter = run("evidence", "verify", str(folder / "evidence.json"), "--charter", "0" * 64)
    assert wrong_charter.returncode == 1


@pytest.mark.slow
def test_the_command_line_works_on_a_node_that_is_down(
    played: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, folder = played
    home = str(folder / "dj")
    status = run("circle", "status", "--home", home)
    assert status.returncode == 0, status.stderr
    assert '"dianjiang.cq.twincity.example"' in status.stdout
    verified = run("ledger", "verify", "exchange", "--home", home)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert run("ledger", "checkpoint", "exchange", "--home", home).stdout.startswith("dianjiang.cq.twincity.example/")
    agreements = run("exchange", "agreements", "--home", home)
    assert '"active"' in agreements.stdout
    order = ["sc.twincity.example", "nokey", "--from-index", "0", "--reason", "x"]
    refused = run("circle", "revoke", *order, "--home", home)
    assert refused.returncode == 1
    assert "statement-refused" in refused.stderr
