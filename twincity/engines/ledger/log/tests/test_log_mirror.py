"""Mirrors: a faithful copy of an honest log, and evidence against any other."""

from __future__ import annotations

import pytest

from twincity.engines.ledger.log.checkpoints import Checkpoint, SignedCheckpoint
from twincity.engines.ledger.log.errors import CorruptLogError, StaleCheckpointError
from twincity.engines.ledger.log.evidence import Evidence, ForkedLogError
from twincity.engines.ledger.log.mirror import Mirror
from twincity.engines.ledger.log.tests.helpers import (
    LOG_ONLY,
    ORIGIN,
    SIGNER,
    TWO_OF_THREE,
    WITNESSES,
    fetcher,
    fill,
    memory,
    open_log,
    records,
)
from twincity.engines.ledger.log.tiles import folder
from twincity.engines.ledger.verifier.files import tile_paths
from twincity.engines.ledger.verifier.logs import verify_log
from twincity.kernel.keys import PrivateKey
from twincity.kernel.notes import Note, NoteError, Signer


def mirror_of(root, files, **options):
    return Mirror(root, fetcher(files), **({"origin": ORIGIN, "keys": [SIGNER.key]} | options))


def published(root, content):
    """The served files of a log of this content, signed with the log's true key."""
    log = open_log(root)
    fill(log, content)
    log.close()
    return memory(root)


def test_a_growing_log_is_followed(tmp_path):
    log = open_log(tmp_path / "log")
    mirror = Mirror(tmp_path / "copy", folder(tmp_path / "log"), origin=ORIGIN, keys=[SIGNER.key])
    for count in (0, 1, 200, 55, 1, 600, 0):
        fill(log, records(count, log.size))
        log.tick()
        assert mirror.update() == log.checkpoint()
        assert verify_log(folder(tmp_path / "copy"), tile_paths(tmp_path / "copy"), LOG_ONLY).beyond == 0
    assert mirror.reader().entries(3) == records(857 - 768, 768)
    log.close()
    again = Mirror(tmp_path / "copy", folder(tmp_path / "log"), origin=ORIGIN, keys=[SIGNER.key])
    assert again.size == 857
    assert again.update() == mirror.latest


def test_cosignatures_are_copied_when_they_come(tmp_path):
    log = open_log(tmp_path / "log", policy=TWO_OF_THREE)
    fill(log, records(3))
    log.tick()
    mirror = Mirror(tmp_path / "copy", folder(tmp_path / "log"), origin=ORIGIN, keys=[SIGNER.key])
    mirror.update()
    log.add_cosignatures(WITNESSES[0].signature(log.checkpoint().note.text, timestamp=9).line)
    assert mirror.update() == log.checkpoint()
    assert (tmp_path / "copy/checkpoint").read_bytes() == (tmp_path / "log/checkpoint").read_bytes()
    log.close()


@pytest.mark.parametrize("content", [records(300, 1), [*records(299), b"other"], [b"back-dated", *records(299)]])
def test_another_root_for_the_same_size_is_a_fork(tmp_path, content):
    good, bad = published(tmp_path / "good", records(300)), published(tmp_path / "bad", content)
    mirror_of(tmp_path / "copy", good).update()
    convict(tmp_path / "copy", bad)


def convict(root, files):
    """The mirror raises, keeps evidence that convinces others, and keeps its verified copy."""
    before = (root / "checkpoint").read_bytes()
    with pytest.raises(ForkedLogError) as fork:
        mirror_of(root, files).update()
    evidence = Evidence.parse((root / "evidence.json").read_bytes())
    assert evidence == fork.value.evidence
    evidence.verify(LOG_ONLY.logs)
    with pytest.raises(NoteError):
        evidence.verify((Signer.of(ORIGIN, PrivateKey.generate()).key,))
    assert (root / "checkpoint").read_bytes() == before


@pytest.mark.parametrize("changed", [0, 150, 255, 256, 299])
@pytest.mark.parametrize("total", [301, 512, 700])
def test_a_rewritten_history_is_a_fork(tmp_path, changed, total):
    content = records(total)
    content[changed] = b"rewritten"
    good, bad = published(tmp_path / "good", records(300)), published(tmp_path / "bad", content)
    mirror_of(tmp_path / "copy", good).update()
    convict(tmp_path / "copy", bad)


def test_a_record_slipped_in_or_dropped_is_a_fork(tmp_path):
    good = published(tmp_path / "good", records(300))
    for name, content in (
        ("in", [*records(100), b"back-dated", *records(300, 100)]),
        ("out", [*records(100), *records(300, 101)]),
    ):
        mirror_of(tmp_path / f"copy {name}", good).update()
        convict(tmp_path / f"copy {name}", published(tmp_path / name, content))


def test_a_smaller_tree_of_another_history_is_a_fork(tmp_path):
    good, bad = published(tmp_path / "good", records(300)), published(tmp_path / "bad", records(200, 5))
    mirror_of(tmp_path / "copy", good).update()
    convict(tmp_path / "copy", bad)


def test_an_old_checkpoint_is_stale_and_not_a_fork(tmp_path):
    good, old = published(tmp_path / "good", records(300)), published(tmp_path / "old", records(200))
    mirror = mirror_of(tmp_path / "copy", good)
    mirror.update()
    with pytest.raises(StaleCheckpointError):
        mirror_of(tmp_path / "copy", old).update()
    assert not (tmp_path / "copy/evidence.json").exists()
    assert mirror_of(tmp_path / "copy", good).size == 300


def test_entries_or_tiles_spoilt_on_the_way_are_no_fork(tmp_path):
    first, files = published(tmp_path / "first", records(300)), published(tmp_path / "log", records(700))
    mirror_of(tmp_path / "copy", first).update()
    for path in ("tile/entries/001", "tile/entries/002.p/188"):
        data = files[path]
        whole = {name: content for name, content in files.items() if name != path}
        for spoilt in (data[:-1], data[:-1] + b"x", data + b"x"):
            with pytest.raises(CorruptLogError):
                mirror_of(tmp_path / "copy", {**whole, path: spoilt}).update()
        with pytest.raises(CorruptLogError, match="missing"):
            mirror_of(tmp_path / "copy", whole).update()
    assert mirror_of(tmp_path / "copy", first).size == 300
    assert mirror_of(tmp_path / "copy", files).update().checkpoint.size == 700
    assert not (tmp_path / "copy/evidence.json").exists()
    assert verify_log(folder(tmp_path / "copy"), tile_paths(tmp_path / "copy"), LOG_ONLY).signed.checkpoint.size == 700


def test_spoilt_entries_together_with_spoilt_tiles_are_no_fork(tmp_path):
    first, files = published(tmp_path / "first", records(300)), published(tmp_path / "log", records(700))
    mirror_of(tmp_path / "copy", first).update()
    for path in ("tile/0/000", "tile/0/001", "tile/1/000.p/2"):
        data = bytearray(files[path])
        data[40] ^= 1
        bundle = files["tile/entries/002.p/188"]
        changed = {**files, path: bytes(data), "tile/entries/002.p/188": bundle[:-1] + b"x"}
        with pytest.raises(CorruptLogError):
            mirror_of(tmp_path / "copy", changed).update()


def test_a_new_mirror_needs_every_entry(tmp_path):
    files = published(tmp_path / "log", records(300))
    data = files["tile/entries/000"]
    with pytest.raises(CorruptLogError, match="not those of its checkpoint"):
        mirror_of(tmp_path / "copy", {**files, "tile/entries/000": data[:-1] + b"x"}).update()
    assert mirror_of(tmp_path / "copy", files).update().checkpoint.size == 300


def test_only_the_log_itself_is_believed(tmp_path):
    files = published(tmp_path / "log", records(3))
    stranger = Signer.of(ORIGIN, PrivateKey.generate())
    for options in ({"keys": [stranger.key]}, {"keys": []}, {"origin": "sc.example/log"}):
        with pytest.raises(NoteError):
            mirror_of(tmp_path / "copy", files, **options).update()
    text = Checkpoint("sc.example/log", 3, bytes(32)).text
    other = Note(text).signed(SIGNER.signature(text)).encode()
    with pytest.raises(NoteError, match=r"sc\.example"):
        mirror_of(tmp_path / "copy", {**files, "checkpoint": other}).update()
    with pytest.raises(FileNotFoundError):
        mirror_of(tmp_path / "copy", {}).update()


def test_a_damaged_copy_is_noticed_before_it_grows(tmp_path):
    mirror_of(tmp_path / "copy", published(tmp_path / "first", records(300))).update()
    for path in (tmp_path / "copy/tile/0/001.p").iterdir():
        path.write_bytes(bytes(len(path.read_bytes())))
    with pytest.raises(CorruptLogError):
        mirror_of(tmp_path / "copy", published(tmp_path / "log", records(400))).update()


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"first": 1}', b"\xff"])
def test_malformed_evidence(data):
    with pytest.raises(NoteError):
        Evidence.parse(data)


def test_evidence_accuses_nobody_of_what_two_logs_have_done(tmp_path):
    other = Signer.of("sc.example/log", PrivateKey.generate())
    good = SignedCheckpoint.parse(published(tmp_path / "good", records(3))["checkpoint"])
    text = Checkpoint("sc.example/log", 3, bytes(32)).text
    foreign = SignedCheckpoint.parse(Note(text).signed(other.signature(text)).encode())
    with pytest.raises(ValueError, match="both be true"):
        Evidence(good, foreign, bytes(32)).verify((SIGNER.key, other.key))
