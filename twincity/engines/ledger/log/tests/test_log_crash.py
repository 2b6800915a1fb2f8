"""Killed at any moment, a log keeps every record it has acknowledged, once, and every checkpoint it has shown."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import twincity
from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.entries import commit
from twincity.engines.ledger.log.tests import crash_child
from twincity.engines.ledger.log.tests.helpers import LOG_ONLY, SIGNER, open_log
from twincity.engines.ledger.log.tiles import folder
from twincity.engines.ledger.verifier.files import journal_entries, tile_paths
from twincity.engines.ledger.verifier.logs import verify_log
from twincity.kernel import merkle

KILLS = 240


@pytest.fixture
def child(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(Path(twincity.__file__).parent.parent)}
    command = [sys.executable, "-m", crash_child.__name__, str(tmp_path / "log")]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.stdin.close()
        assert process.wait(30) == 0


def crash(process, rng):
    """Let a process append for a while, kill it, and give the receipts it was known to have."""
    calls = rng.random() < 0.6
    process.stdin.write(f"call {rng.randint(1, 160)}\n" if calls else "time\n")
    process.stdin.flush()
    pid = int(process.stdout.readline().split()[1])
    if not calls:
        timer = threading.Timer(rng.uniform(0, 0.05), os.kill, (pid, signal.SIGKILL))
        timer.start()
    receipts = []
    while (line := process.stdout.readline()) != "end\n":
        index, salt, leaf = line.split()
        receipts.append((int(index), bytes.fromhex(salt), bytes.fromhex(leaf)))
    return receipts


class Watcher:
    """Knows what the log has shown so far, and checks after each crash that it holds to it."""

    def __init__(self, root):
        self.root = root
        self.tokens: set[tuple[bytes, ...]] = set()
        self.size = self.receipts = 0
        self.shown = self.on_disk()

    def on_disk(self):
        signed = SignedCheckpoint.parse((self.root / "checkpoint").read_bytes())
        signed.require_log((SIGNER.key,))
        return signed.checkpoint

    def check(self, receipts):
        found = self.on_disk()
        assert found.size >= self.shown.size
        log = open_log(self.root, private=True)
        self.shown = log.checkpoint().checkpoint
        continues(log, found, self.shown)
        for index, salt, leaf in receipts:
            record = log.record(index)
            assert record.salt == salt
            assert merkle.leaf_hash(commit(salt, record.data)) == leaf
        for record in log.records(self.size):
            own, *token = record.data.split(b" ")[:3]
            assert int(own) == record.index
            self.tokens.add(tuple(token))
        self.size, self.receipts = log.size, self.receipts + len(receipts)
        assert len(self.tokens) == self.size == self.shown.size  # none twice, none without its place
        log.close()


def continues(log, former, now):
    if former.size:
        path = log.consistency(former.size, now.size)
        merkle.verify_consistency(former.size, now.size, former.root, now.root, path)


def test_killed_at_any_moment(tmp_path, child):
    rng = random.Random(3)
    root = tmp_path / "log"
    open_log(root, private=True).close()
    watcher = Watcher(root)
    for _ in range(KILLS):
        watcher.check(crash(child, rng))
    assert watcher.size >= watcher.receipts > 2000
    report = verify_log(folder(root), tile_paths(root), LOG_ONLY, journal_entries(root))
    assert report.signed.checkpoint == watcher.shown
