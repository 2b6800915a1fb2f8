"""Opening a log after a crash: nothing acknowledged is lost, nothing published is taken back."""

from __future__ import annotations

import shutil
from random import Random

import pytest

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.errors import CorruptLogError
from twincity.engines.ledger.log.tests.helpers import LOG_ONLY, fill, open_log, records
from twincity.engines.ledger.log.tests.powercut import PowerCut
from twincity.engines.ledger.log.tiles import TileReader, folder
from twincity.engines.ledger.verifier.files import journal_entries, tile_paths
from twincity.engines.ledger.verifier.logs import verify_log
from twincity.kernel import merkle


def verified(root):
    return verify_log(folder(root), tile_paths(root), LOG_ONLY, journal_entries(root)).signed.checkpoint


def readable(root, published):
    """Whatever checkpoint survived, others can read all of its tree even before the log is opened again."""
    if published:
        checkpoint = SignedCheckpoint.parse((root / "checkpoint").read_bytes()).checkpoint
        reader = TileReader(folder(root), checkpoint.size)
        entries = [entry for number in range(-(-checkpoint.size // 256)) for entry in reader.entries(number)]
        assert checkpoint.size >= published
        assert reader.root(checkpoint.size) == checkpoint.root == merkle.root(map(merkle.leaf_hash, entries))


@pytest.mark.parametrize("damage", ["drop", "truncate", "flip"])
def test_tiles_of_the_right_edge_are_rebuilt_from_the_journal(tmp_path, damage):
    log = open_log(tmp_path)
    fill(log, records(700))
    log.close()
    before = verified(tmp_path)
    for path in (*tmp_path.glob("tile/*/002.p/*"), *tmp_path.glob("tile/1/000.p/*")):
        data = path.read_bytes()
        if damage == "drop":
            path.unlink()
        else:
            path.write_bytes(data[:-1] if damage == "truncate" else bytes([data[0] ^ 1]) + data[1:])
    log = open_log(tmp_path)
    fill(log, records(1, 700))
    log.close()
    after = verified(tmp_path)
    assert after.size == 701
    assert merkle.root(map(merkle.leaf_hash, records(700))) == before.root


def test_a_journal_that_contradicts_the_checkpoint_is_refused(tmp_path):
    for name, some in (("one", b"1"), ("two", b"2")):
        log = open_log(tmp_path / name)
        fill(log, [some] * 300)
        log.close()
    shutil.rmtree(tmp_path / "one/journal")
    shutil.copytree(tmp_path / "two/journal", tmp_path / "one/journal")
    shutil.rmtree(tmp_path / "one/tile")
    with pytest.raises(CorruptLogError, match="contradicts"):
        open_log(tmp_path / "one")


def test_a_journal_older_than_the_checkpoint_is_refused(tmp_path):
    log = open_log(tmp_path / "log")
    fill(log, records(10))
    log.close()
    shutil.copytree(tmp_path / "log/journal", tmp_path / "old")
    log = open_log(tmp_path / "log")
    fill(log, records(10, 10))
    log.close()
    shutil.rmtree(tmp_path / "log/journal")
    shutil.copytree(tmp_path / "old", tmp_path / "log/journal")
    with pytest.raises(CorruptLogError, match="flushed"):
        open_log(tmp_path / "log")


def test_records_behind_the_last_checkpoint_are_caught_up(tmp_path):
    log = open_log(tmp_path / "log")
    fill(log, records(100))
    log.tick()
    fill(log, records(900, 100))
    shutil.copytree(tmp_path / "log", tmp_path / "crashed")
    log.close()
    log = open_log(tmp_path / "crashed")
    assert log.checkpoint().checkpoint == verified(tmp_path / "log")
    log.close()
    assert verified(tmp_path / "crashed").size == 1000


def test_no_power_cut_loses_what_was_acknowledged_or_published(tmp_path, monkeypatch):
    """Cut the power after every single change of the disk, in the worst way and in random ones."""
    rng, acknowledged, published = Random(11), [], [(0, merkle.root([]))]
    states: list = []

    def step():
        for generator in (None, Random(len(states))):
            state = power.state(generator), len(acknowledged), published[-1]
            if state not in states[-2:]:
                states.append(state)

    power = PowerCut(monkeypatch, tmp_path / "disk", step)
    (tmp_path / "disk").mkdir()
    log = open_log(tmp_path / "disk/log", segment_size=3000)
    for _ in range(10):
        batch = records(rng.choice([1, 2, 40, 90]), len(acknowledged))
        fill(log, batch)
        acknowledged += batch
        if rng.random() < 0.7 and (signed := log.tick()):
            published.append((signed.checkpoint.size, signed.checkpoint.root))
    log.close()
    monkeypatch.undo()
    assert len(states) > 150
    for number, (state, sure, (size, root)) in enumerate(states):
        place = tmp_path / f"cut{number}"
        place.mkdir()
        power.lay_down(state, place)
        readable(place / "log", size)
        log = open_log(place / "log", segment_size=3000)
        found = [record.data for record in log.records()]
        fill(log, [b"after"])
        log.close()
        assert found[:sure] == acknowledged[:sure]
        assert found == acknowledged[: len(found)]
        assert merkle.root(map(merkle.leaf_hash, found[:size])) == root
        assert verified(place / "log").size == len(found) + 1
