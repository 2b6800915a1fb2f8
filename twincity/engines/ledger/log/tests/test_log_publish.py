"""Checkpoints: when they appear, what they promise, and how cosignatures join them."""

from __future__ import annotations

from pathlib import Path

import pytest

from twincity.engines.ledger.log import disk
from twincity.engines.ledger.log.checkpoints import Checkpoint, SignedCheckpoint
from twincity.engines.ledger.log.errors import CorruptLogError, LogError
from twincity.engines.ledger.log.layout import tiles
from twincity.engines.ledger.log.log import Log
from twincity.engines.ledger.log.proofs import LogProof
from twincity.engines.ledger.log.published import NOT_YET_PUBLISHED
from twincity.engines.ledger.log.tests.helpers import (
    LOG_ONLY,
    ORIGIN,
    SIGNER,
    TWO_OF_THREE,
    WITNESSES,
    fill,
    memory,
    open_log,
    records,
)
from twincity.kernel import merkle
from twincity.kernel.keys import PrivateKey
from twincity.kernel.merkle import leaf_hash
from twincity.kernel.notes import Note, NoteError, Signer
from twincity.kernel.problems import Problem


def cosign(log, *places, at=1_700_000_000):
    signed = log.checkpoint()
    lines = "".join(WITNESSES[place].signature(signed.note.text, timestamp=at).line for place in places)
    return log.add_cosignatures(lines, signed.checkpoint.size)


def test_an_empty_log_has_a_checkpoint(tmp_path):
    log = open_log(tmp_path)
    assert log.checkpoint().checkpoint == Checkpoint(ORIGIN, 0, merkle.root([]))
    log.checkpoint().require_log((SIGNER.key,))
    log.close()


def test_a_checkpoint_appears_only_when_the_log_has_grown(tmp_path):
    log = open_log(tmp_path)
    assert log.tick() is None
    fill(log, records(5))
    assert log.checkpoint().checkpoint.size == 0
    signed = log.tick()
    assert signed.checkpoint == Checkpoint(ORIGIN, 5, merkle.root(map(leaf_hash, records(5))))
    assert log.tick() is None
    assert SignedCheckpoint.parse((tmp_path / "checkpoint").read_bytes()) == signed == log.checkpoint()
    log.close()


def test_closing_publishes_everything(tmp_path):
    log = open_log(tmp_path)
    fill(log, records(7))
    log.close()
    assert Checkpoint.parse(Note.parse((tmp_path / "checkpoint").read_bytes()).text).size == 7


def test_the_order_is_entries_then_tiles_then_checkpoint(tmp_path, monkeypatch):
    log = open_log(tmp_path)
    calls = []

    def watch(name):
        real = getattr(disk, name)
        monkeypatch.setattr(disk, name, lambda target, *rest: (calls.append((name, target)), real(target, *rest))[1])

    for name in ("put", "sync", "append", "put_durably"):
        watch(name)
    fill(log, records(3))
    log.tick()
    root = str(tmp_path)
    bundle, hashes = f"{root}/tile/entries/000.p/3", f"{root}/tile/0/000.p/3"
    kinds = [name for name, _ in calls]
    assert kinds.index("append") < kinds.index("put")
    assert {("put", bundle), ("put", hashes), ("sync", bundle), ("sync", hashes)} < set(calls)
    synced_folders = [target for name, target in calls if name == "sync"][2:]
    for folder in (f"{root}/tile/entries/000.p", f"{root}/tile/entries", f"{root}/tile/0/000.p", f"{root}/tile", root):
        assert folder in synced_folders
    assert calls.index(("put_durably", f"{root}/checkpoint")) > max(
        place for place, (name, target) in enumerate(calls) if name == "sync" and "tile" in target
    )
    log.close()


def test_many_tiles_are_flushed_with_the_volume_and_its_failure_counts(tmp_path, monkeypatch):
    log = open_log(tmp_path)
    fill(log, [b"x"] * 5000)
    flushed = []
    monkeypatch.setattr(disk, "_syncfs", lambda fd: flushed.append(Path(f"/proc/self/fd/{fd}").readlink()) or 0)
    log.tick()
    assert flushed == [tmp_path]
    fill(log, [b"x"] * 5000)
    monkeypatch.setattr(disk, "_syncfs", lambda _: -1)
    with pytest.raises(OSError, match="syncfs"):
        log.tick()
    assert log.checkpoint().checkpoint.size == 5000
    log.close()


def test_without_syncfs_every_tile_is_flushed(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "_syncfs", None)
    log = open_log(tmp_path)
    fill(log, [b"x"] * 5000)
    synced = []
    real = disk.sync
    monkeypatch.setattr(disk, "sync", lambda path: (synced.append(path), real(path)))
    log.tick()
    assert {f"{tmp_path}/{tile.path}" for tile in tiles(5000)} <= set(synced)
    log.close()


def test_partial_tiles_go_when_full_ones_are_there(tmp_path):
    log = open_log(tmp_path)
    for start in range(0, 700, 100):
        fill(log, records(100, start))
        log.tick()
    log.close()
    kept = {path for path in memory(tmp_path) if ".p/" in path}
    assert kept == {
        "tile/0/002.p/88",
        "tile/entries/002.p/88",
        "tile/0/002.p/188",
        "tile/entries/002.p/188",
        "tile/1/000.p/1",
        "tile/1/000.p/2",
    }


def test_proofs_hold_for_every_record_and_size(tmp_path):
    log = open_log(tmp_path)
    sizes = []
    for start in range(0, 600, 50):
        fill(log, records(50, start))
        sizes.append(log.tick().checkpoint)
    for checkpoint in sizes:
        for index in range(0, checkpoint.size, 17):
            path = log.inclusion(index, checkpoint.size)
            merkle.verify_inclusion(leaf_hash(records(1, index)[0]), index, checkpoint.size, path, checkpoint.root)
        path = log.consistency(checkpoint.size)
        merkle.verify_consistency(checkpoint.size, 600, checkpoint.root, sizes[-1].root, path)
    assert log.inclusion(3) == log.inclusion(3, 600)
    fill(log, [b"more"])
    for call in (lambda: log.inclusion(600, 601), lambda: log.consistency(600, 601), lambda: log.inclusion(600)):
        with pytest.raises(ValueError):
            call()
    log.close()


def test_cosignatures_join_their_checkpoint_and_make_it_witnessed(tmp_path):
    log = open_log(tmp_path, policy=TWO_OF_THREE)
    fill(log, records(3))
    log.tick()
    cosign(log, 0)
    assert log.witnessed() is None
    signed = cosign(log, 1)
    assert log.witnessed() == signed == log.checkpoint()
    assert len(TWO_OF_THREE.check(signed)) == 2
    fill(log, records(1, 3))
    log.tick()
    assert log.checkpoint().checkpoint.size == 4
    assert log.witnessed() == signed
    log.close()
    log = open_log(tmp_path, policy=TWO_OF_THREE)
    assert log.witnessed() == signed
    log.close()


def test_a_cosignature_may_come_late(tmp_path):
    log = open_log(tmp_path, policy=TWO_OF_THREE)
    fill(log, records(3))
    late = log.tick()
    fill(log, records(2, 3))
    log.tick()
    lines = "".join(each.signature(late.note.text, timestamp=9).line for each in WITNESSES)
    log.add_cosignatures(lines, 3)
    assert log.witnessed().checkpoint.size == 3
    assert log.checkpoint().checkpoint.size == 5
    cosign(log, 0, 1)
    log.add_cosignatures(WITNESSES[2].signature(late.note.text, timestamp=10).line, 3)
    assert log.witnessed().checkpoint.size == 5  # never backwards
    for _ in range(70):
        fill(log, [b"x"])
        log.tick()
    with pytest.raises(LookupError):
        log.add_cosignatures(lines, 3)
    log.close()


def test_cosignatures_that_are_not_wanted(tmp_path):
    log = open_log(tmp_path, policy=TWO_OF_THREE)
    fill(log, records(3))
    signed = log.tick()
    stranger = Signer.of("stranger", PrivateKey.generate(), WITNESSES[0].key.algorithm)
    assert log.add_cosignatures(stranger.signature(signed.note.text, timestamp=1).line) == signed
    with pytest.raises(NoteError):
        log.add_cosignatures(WITNESSES[0].signature("another text\n", timestamp=1).line)
    with pytest.raises(NoteError):
        log.add_cosignatures("hello\n")
    assert log.checkpoint() == signed
    log.close()


def test_a_proof_file_prefers_a_witnessed_checkpoint(tmp_path):
    log = open_log(tmp_path)
    log.policy = TWO_OF_THREE
    fill(log, records(3))
    log.tick()
    with pytest.raises(Problem) as early:
        log.proof(1, witnessed=True)
    assert early.value.kind is NOT_YET_PUBLISHED
    LogProof.parse(log.proof(1)).verify_public(b"record 1", LOG_ONLY)
    cosign(log, 1, 2)
    fill(log, records(2, 3))
    with pytest.raises(Problem):
        log.proof(3)
    log.tick()
    proof = LogProof.parse(log.proof(1, witnessed=True, extra=b"what for"))
    assert proof.signed.checkpoint.size == 3
    assert proof.extra == b"what for"
    assert {each.witness.jurisdiction for each in proof.verify_public(b"record 1", TWO_OF_THREE).cosigners} == {
        "510000",
        "520000",
    }
    assert LogProof.parse(log.proof(3)).signed.checkpoint.size == 5
    with pytest.raises(Problem):
        log.proof(3, witnessed=True)
    log.close()


def test_a_new_key_signs_the_same_tree_again(tmp_path):
    log = open_log(tmp_path, policy=TWO_OF_THREE)
    fill(log, records(3))
    log.tick()
    cosign(log, 0, 1)
    log.close()
    fresh = Signer.of(ORIGIN, PrivateKey.generate())
    log = open_log(tmp_path, signer=fresh, policy=TWO_OF_THREE)
    signed = log.checkpoint()
    signed.require_log((fresh.key,))
    signed.require_log((SIGNER.key,))
    assert len(TWO_OF_THREE.cosigners(signed)) == 2
    assert log.tick() is None
    log.close()


def test_a_witness_that_has_seen_more_reveals_a_log_set_back(tmp_path):
    log = open_log(tmp_path)
    fill(log, records(3))
    log.tick()
    with pytest.raises(LogError, match="seen 9"):
        log.witness_request(9)
    log.close()


def test_a_tree_that_contradicts_what_was_signed_is_never_published(tmp_path):
    log = open_log(tmp_path)
    fill(log, records(3))
    log.tick()
    store, publisher = log._tree._store, log._publisher
    for size in (2, 3):
        other = log._tree._tree.snapshot()._replace(size=size, root=bytes(32), partial=[])
        with pytest.raises(CorruptLogError):
            publisher.publish(other, store.take())
    assert publisher.size == 3
    log.close()


def test_the_signer_bears_the_name_of_the_log(tmp_path):
    with pytest.raises(LogError, match="cannot be signed"):
        Log.open(tmp_path, origin="other", signer=SIGNER, private=False)
    open_log(tmp_path / "next").close()


def test_a_damaged_checkpoint_file_is_an_error(tmp_path):
    log = open_log(tmp_path)
    fill(log, records(3))
    log.close()
    (tmp_path / "checkpoint").write_bytes(b"")
    with pytest.raises(CorruptLogError):
        open_log(tmp_path)
