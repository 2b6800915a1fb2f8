"""The command: what it says and how it ends."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import twincity
from twincity.engines.ledger.log.evidence import ForkedLogError
from twincity.engines.ledger.log.mirror import Mirror
from twincity.engines.ledger.log.segment import SUFFIX
from twincity.engines.ledger.log.tests.helpers import (
    ORIGIN,
    SIGNER,
    TWO_OF_THREE,
    WITNESSES,
    fill,
    open_log,
    records,
)
from twincity.engines.ledger.log.tiles import folder
from twincity.engines.ledger.verifier.__main__ import main


@pytest.fixture
def log(tmp_path):
    log = open_log(tmp_path / "log", private=True, policy=TWO_OF_THREE, segment_size=2000)
    for start in range(0, 300, 50):
        fill(log, records(50, start))
    log.tick()
    text = log.checkpoint().note.text
    log.add_cosignatures("".join(each.signature(text, timestamp=1_790_000_000).line for each in WITNESSES[1:]))
    yield log
    log.close()


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "policy.json"
    path.write_text(TWO_OF_THREE.render(), "utf-8")
    return ["--policy", str(path)]


def test_a_whole_log(log, tmp_path, policy, capsys):
    assert main([str(tmp_path / "log"), *policy]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "verified",
        f"log {ORIGIN}",
        "size 300",
        f"root {log.checkpoint().checkpoint.root.hex()}",
        "witness sc.example/witness 510000 at 1790000000",
        "witness gz.example/witness 520000 at 1790000000",
    ]
    assert main([str(tmp_path / "log"), "--key", SIGNER.key.vkey]) == 0


def test_records_behind_the_checkpoint_are_counted_not_condemned(log, tmp_path, policy, capsys):
    checkpoint = (tmp_path / "log/checkpoint").read_bytes()
    fill(log, records(300, 300))
    log.close()
    (tmp_path / "log/checkpoint").write_bytes(checkpoint)
    assert main([str(tmp_path / "log"), *policy]) == 0
    assert "not verified: 5" in capsys.readouterr().out


@pytest.mark.parametrize("which", ["journal", "journal gap", "bundle", "tile", "stray"])
def test_damage_is_named(log, tmp_path, policy, capsys, which):
    root = tmp_path / "copy"
    shutil.copytree(tmp_path / "log", root)
    segments = sorted((root / "journal").glob(f"*{SUFFIX}"))
    path = {
        "journal": segments[1],
        "journal gap": segments[1],
        "bundle": root / "tile/entries/000",
        "tile": root / "tile/1/000.p/1",
        "stray": root / "tile/notes",
    }[which]
    if which == "journal gap":
        path.unlink()
    else:
        data = path.read_bytes() if path.exists() else b"x"
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert main([str(root), *policy]) == 1
    said = capsys.readouterr().out
    assert said.startswith("NOT VERIFIED: ")
    expected = {"journal gap": "begins at", "bundle": "journal", "tile": "tile/1", "stray": "tile/notes"}
    assert expected.get(which, which) in said


def test_a_mirror_has_no_journal_and_verifies(log, tmp_path, policy):
    Mirror(tmp_path / "copy", folder(tmp_path / "log"), origin=ORIGIN, keys=[SIGNER.key]).update()
    assert main([str(tmp_path / "copy"), *policy]) == 0


def test_a_proof(log, tmp_path, policy, capsys):
    record = log.record(7)
    (tmp_path / "7.tlog-proof").write_bytes(log.proof(7))
    (tmp_path / "record").write_bytes(record.data)
    (tmp_path / "other").write_bytes(record.data + b"!")
    base = [str(tmp_path / "7.tlog-proof"), *policy]
    salt = ["--salt", record.salt.hex()]
    assert main([*base, "--entry", str(tmp_path / "record"), *salt]) == 0
    assert "record 7" in capsys.readouterr().out
    assert main([*base, "--entry", str(tmp_path / "other"), *salt]) == 1
    assert main([*base, "--entry", str(tmp_path / "record")]) == 1
    assert main(base) == 1
    assert "--entry" in capsys.readouterr().out


def test_a_proof_from_a_public_log(tmp_path, capsys):
    log = open_log(tmp_path / "log")
    fill(log, records(3))
    log.close()
    log = open_log(tmp_path / "log")
    (tmp_path / "proof").write_bytes(log.proof(1))
    log.close()
    (tmp_path / "record").write_bytes(b"record 1")
    key = ["--key", SIGNER.key.vkey]
    assert main([str(tmp_path / "proof"), *key, "--entry", str(tmp_path / "record")]) == 0


def test_evidence_of_a_fork(tmp_path, policy, capsys):
    for name, content in (("one", records(3)), ("two", records(3, 1))):
        log = open_log(tmp_path / name)
        fill(log, content)
        log.close()
    Mirror(tmp_path / "copy", folder(tmp_path / "one"), origin=ORIGIN, keys=[SIGNER.key]).update()
    with pytest.raises(ForkedLogError):
        Mirror(tmp_path / "copy", folder(tmp_path / "two"), origin=ORIGIN, keys=[SIGNER.key]).update()
    assert main([str(tmp_path / "copy/evidence.json"), *policy]) == 0
    assert "FORK: " in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["--key", "no key"], ["--policy", "/nowhere"]])
def test_without_keys_to_believe_nothing_is_verified(log, tmp_path, arguments, capsys):
    assert main([str(tmp_path / "log"), *arguments]) == 1
    assert "NOT VERIFIED" in capsys.readouterr().out


def test_it_needs_neither_django_nor_orjson(log, tmp_path, policy):
    """Runs in a process where importing anything but the standard library, PyNaCl and ourselves fails."""
    guard = (
        "import sys, runpy\n"
        "class Guard:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        allowed = {'twincity', 'nacl', 'cffi', '_cffi_backend', 'pycparser'} | set(sys.stdlib_module_names)\n"
        "        if name.split('.')[0] not in allowed:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Guard())\n"
        "sys.argv[0] = 'verifier'\n"
        "runpy.run_module('twincity.engines.ledger.verifier', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", guard, str(tmp_path / "log"), *policy],
        cwd=Path(twincity.__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("verified\n")
    assert done.returncode == 0
