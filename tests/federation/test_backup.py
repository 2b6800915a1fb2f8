"""Backup and restore of whole live nodes: what comes back, what may run, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyrage
import pytest

from tests.federation.test_two_nodes import ask, call, state, until
from twincity.kernel.home import Home
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, Circle, LiveNode, live_circle

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN, DIANJIANG], apps=["probe"]) as found:
        agreement = ask(found)
        found["sc"].operate("exchange.decide", {"agreement": agreement, "state": "active", "by": "steward"})
        until(lambda: state(found["dj"], agreement) == "active")
        yield found


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A key file, and the recipient that belongs to it."""
    path = tmp_path_factory.mktemp("key") / "backup.key"
    done = twincity("backup-key", str(path))
    assert path.stat().st_mode & 0o077 == 0
    return path, done.stdout.strip()


def twincity(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "twincity", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def back_up(node: LiveNode, file: Path, recipient: str) -> dict[str, int]:
    done = twincity("backup", "--home", str(node.home.path), str(file), "--to", recipient)
    assert done.returncode == 0, done.stderr
    logs: dict[str, int] = json.loads(done.stdout)["logs"]
    return logs


def witnessed(circle: Circle, name: str) -> None:
    """Wait until the other anchor has cosigned all that a node's exchange log holds."""
    node = circle[name]
    size = json.loads(node.get("/health")[2])["ledger"]["exchange"]
    path = node.home.logs("exchange") / "checkpoint.witnessed"
    until(lambda: path.exists() and int(path.read_text().split("\n")[1]) >= size)


def test_a_node_backed_up_under_load_is_restored_elsewhere_and_goes_on(
    circle: Circle, key: tuple[Path, str], tmp_path: Path
) -> None:
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            call(circle["dj"])

    caller = threading.Thread(target=load)
    caller.start()
    try:
        until(lambda: json.loads(circle["sc"].get("/health")[2])["ledger"]["exchange"] > 20)
        under_load = back_up(circle["sc"], tmp_path / "hot.age", key[1])
    finally:
        stop.set()
        caller.join()
    checked = twincity("restore", "--check", str(tmp_path / "hot.age"), "--identity", str(key[0]))
    assert "log exchange does not verify" not in checked.stdout
    assert under_load["exchange"] > 0

    witnessed(circle, "sc")
    circle["sc"].stop()
    last = back_up(circle["sc"], tmp_path / "last.age", key[1])
    moved = tmp_path / "elsewhere"
    restored = twincity("restore", str(tmp_path / "last.age"), str(moved), "--identity", str(key[0]))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    node = LiveNode(SICHUAN, Home(moved))
    node.start()
    try:
        assert json.loads(node.get("/health")[2])["ledger"]["exchange"] >= last["exchange"]
        assert call(circle["dj"])["outcome"] == "ok"
        assert [each["state"] for each in node.operate("exchange.agreements")] == ["active"]
    finally:
        node.stop()
        circle["sc"] = LiveNode(SICHUAN, Home(moved))
        circle["sc"].start()


def test_a_backup_older_than_what_a_witness_has_seen_may_not_run(
    circle: Circle, key: tuple[Path, str], tmp_path: Path
) -> None:
    back_up(circle["sc"], tmp_path / "old.age", key[1])
    call(circle["dj"])
    witnessed(circle, "sc")
    restored = twincity("restore", str(tmp_path / "old.age"), str(tmp_path / "old"), "--identity", str(key[0]))
    assert restored.returncode == 1
    assert "records of log exchange are lost" in restored.stdout
    started = twincity("run", "--home", str(tmp_path / "old"))
    assert started.returncode == 1
    assert "restore-held" in started.stderr


@pytest.mark.parametrize("damage", ["flip", "cut", "stranger"])
def test_a_damaged_archive_or_another_s_key_leaves_nothing_behind(
    circle: Circle, key: tuple[Path, str], tmp_path: Path, damage: str
) -> None:
    back_up(circle["sc"], tmp_path / "whole.age", key[1])
    data = bytearray((tmp_path / "whole.age").read_bytes())
    identity = key[0]
    if damage == "flip":
        data[len(data) // 2] ^= 1
    elif damage == "cut":
        del data[len(data) // 2 :]
    else:
        identity = tmp_path / "stranger.key"
        identity.write_text(str(pyrage.x25519.Identity.generate()))
    (tmp_path / "broken.age").write_bytes(data)
    restored = twincity("restore", str(tmp_path / "broken.age"), str(tmp_path / "node"), "--identity", str(identity))
    assert restored.returncode == 1
    assert "archive-broken" in restored.stderr
    assert not list(tmp_path.glob("node*"))


def test_an_archive_tells_a_stranger_nothing_of_keys_or_settings(
    circle: Circle, key: tuple[Path, str], tmp_path: Path
) -> None:
    back_up(circle["sc"], tmp_path / "sealed.age", key[1])
    data = (tmp_path / "sealed.age").read_bytes()
    assert (tmp_path / "sealed.age").stat().st_mode & 0o077 == 0
    secret = circle["sc"].home.secret("operator").encode()
    assert not any(word in data for word in (SICHUAN.id.encode(), secret, b"node.toml"))


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "node.toml"])
def test_an_archive_that_leads_out_of_its_folder_is_refused(key: tuple[Path, str], tmp_path: Path, name: str) -> None:
    plain = tmp_path / "evil.tar"
    with tarfile.open(plain, "w") as archive:
        entry = tarfile.TarInfo(name)
        archive.addfile(entry)
    sealed = pyrage.encrypt(plain.read_bytes(), [pyrage.x25519.Recipient.from_str(key[1])])
    (tmp_path / "evil.age").write_bytes(sealed)
    restored = twincity("restore", str(tmp_path / "evil.age"), str(tmp_path / "node"), "--identity", str(key[0]))
    assert restored.returncode == 1
    assert "archive-broken" in restored.stderr
    with suppress(FileNotFoundError):
        assert not (tmp_path / "outside").exists()


def test_a_recipient_that_is_none_is_named(circle: Circle, tmp_path: Path) -> None:
    done = twincity("backup", "--home", str(circle["sc"].home.path), str(tmp_path / "x.age"), "--to", "age1nobody")
    assert done.returncode == 1
    assert "invalid" in done.stderr
    assert not list(tmp_path.glob("x.age*"))
