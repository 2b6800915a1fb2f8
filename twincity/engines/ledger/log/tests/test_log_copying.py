"""A copy of a log taken while it grows opens like the log itself, and continues the same history."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from twincity.engines.ledger.log import copying
from twincity.engines.ledger.log.tests.helpers import LOG_ONLY, fill, open_log, records
from twincity.engines.ledger.log.tiles import folder
from twincity.engines.ledger.verifier.files import journal_entries, tile_paths
from twincity.engines.ledger.verifier.logs import verify_log
from twincity.kernel import merkle


def write(pieces, root: Path) -> None:
    for piece in pieces:
        path = root / piece.path
        path.parent.mkdir(parents=True, exist_ok=True)
        data = piece.source if isinstance(piece.source, bytes) else piece.source.read_bytes()
        path.write_bytes(data[: piece.size])


@pytest.mark.parametrize("size", [0, 1, 256, 700])
def test_a_copy_of_a_quiet_log_holds_all_of_it(tmp_path, size):
    log = open_log(tmp_path / "log")
    fill(log, records(size))
    log.tick()
    write(log.pieces(), tmp_path / "copy")
    log.close()
    checkpoint = verify_log(
        folder(tmp_path / "copy"), tile_paths(tmp_path / "copy"), LOG_ONLY, journal_entries(tmp_path / "copy")
    ).signed.checkpoint
    assert (checkpoint.size, checkpoint.root) == (size, merkle.root(map(merkle.leaf_hash, records(size))))
    assert copying.held(tmp_path / "copy") == size


def test_copies_of_a_busy_log_open_and_continue_its_history(tmp_path):
    log = open_log(tmp_path / "log", segment_size=4096)
    fill(log, records(300))
    log.tick()
    stop = threading.Event()

    def grow() -> None:
        number = 300
        while not stop.is_set():
            fill(log, records(40, number))
            number += 40
            log.tick()

    grower = threading.Thread(target=grow)
    grower.start()
    try:
        for turn in range(8):
            write(log.pieces(), tmp_path / f"copy{turn}")
    finally:
        stop.set()
        grower.join()
    whole = log.size
    log.close()
    for turn in range(8):
        copy = open_log(tmp_path / f"copy{turn}", segment_size=4096)
        assert 300 <= copy.size <= whole
        assert [each.data for each in copy.records(0)] == records(copy.size)
        assert copy.checkpoint().checkpoint.root == merkle.root(map(merkle.leaf_hash, records(copy.size)))
        copy.close()
