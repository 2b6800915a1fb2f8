"""The journal: what is flushed stays, what a crash has torn goes, and damage is never taken for a crash."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.ledger.log import frames
from twincity.engines.ledger.log.errors import CorruptLogError
from twincity.engines.ledger.log.journal import Journal
from twincity.engines.ledger.log.segment import INDEX_SUFFIX, SUFFIX

BATCHES = [[b"a" * 10, b"b"], [b"c" * 300], [b"d", b"e" * 70, b"f" * 5]]
ALL = [payload for batch in BATCHES for payload in batch]


def write(folder, batches=BATCHES, **options):
    journal = Journal.open(folder, **options)
    for batch in batches:
        journal.append(batch)
    journal.close()


def only_segment(folder):
    (path,) = folder.glob(f"*{SUFFIX}")
    return path


def content(folder, **options):
    journal = Journal.open(folder, **options)
    try:
        found = [journal.read(index) for index in range(journal.size)]
        assert list(journal.iterate(0)) == found
        return found
    finally:
        journal.close()


def test_what_was_written_is_read_back(tmp_path):
    write(tmp_path)
    assert content(tmp_path) == ALL
    journal = Journal.open(tmp_path)
    assert [list(journal.iterate(start)) for start in range(8)] == [ALL[start:] for start in range(8)]
    for index in (-1, 6):
        with pytest.raises(IndexError):
            journal.read(index)


def test_one_write_and_one_flush_for_a_batch(tmp_path, monkeypatch):
    journal = Journal.open(tmp_path)
    calls = []
    for name in ("write", "fdatasync"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, real=real, name=name: (calls.append(name), real(*args))[1])
    journal.append([b"x"] * 500)
    assert calls == ["write", "fdatasync"]


def test_a_short_write_is_continued(tmp_path, monkeypatch):
    journal = Journal.open(tmp_path)
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[: max(1, len(data) // 2)]))
    journal.append([b"x" * 100, b"y"])
    monkeypatch.undo()
    assert content(tmp_path) == [b"x" * 100, b"y"]


def test_half_a_write_on_a_full_disk_is_cut_off_when_the_journal_is_opened_again(tmp_path, monkeypatch):
    journal = Journal.open(tmp_path)
    journal.append([b"a"])
    real, rooms = os.write, [60]

    def write(fd, data):
        if not rooms:
            raise OSError(28, "No space left on device")
        return real(fd, data[: rooms.pop()])

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match="No space"):
        journal.append([b"b", b"c" * 100])
    monkeypatch.undo()
    assert content(tmp_path) == [b"a", b"b"]


@pytest.mark.parametrize("size", [1, 60, 400])
def test_many_segments_read_like_one(tmp_path, size):
    batches = [[bytes([number]) * 20, bytes([number]) * 3] for number in range(1, 60)]
    write(tmp_path, batches, segment_size=size)
    assert len(list(tmp_path.glob(f"*{SUFFIX}"))) > 5
    assert content(tmp_path, segment_size=size) == [payload for batch in batches for payload in batch]


def test_a_lost_or_wrong_index_is_built_anew(tmp_path):
    batches = [[bytes([number]) * 20] for number in range(1, 30)]
    write(tmp_path, batches, segment_size=100)
    first, second, third, *_ = sorted(tmp_path.glob(f"*{INDEX_SUFFIX}"))
    good = first.read_bytes()
    first.unlink()
    second.write_bytes(b"")
    third.write_bytes(third.read_bytes()[:-8] + bytes(8))
    assert content(tmp_path, segment_size=100) == [batch[0] for batch in batches]
    assert first.read_bytes() == good


@given(st.integers(0, 2**32), st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_a_torn_last_batch_is_cut_at_the_last_whole_record(tmp_path_factory, seed, lost):
    folder = tmp_path_factory.mktemp("journal")
    write(folder, [*BATCHES, [b"g" * 100, b"h" * 100, b"i" * 100]])
    path = only_segment(folder)
    data = path.read_bytes()
    start = data.index(b"g" * 100) - 8 - 24
    torn = bytearray(data[: len(data) - min(lost, len(data) - start)])
    rng = random.Random(seed)
    for place in range(start, len(torn)):  # blocks that never reached the disk read as zeros
        if rng.random() < 0.02:
            torn[place] = 0
    path.write_bytes(torn)
    found = content(folder, at_least=len(ALL))
    assert found[: len(ALL)] == ALL
    assert found[len(ALL) :] == [b"g" * 100, b"h" * 100, b"i" * 100][: len(found) - len(ALL)]
    write(folder, [[b"next"]])
    assert content(folder) == [*found, b"next"]


def test_damage_before_the_last_batch_is_an_error_and_changes_nothing(tmp_path):
    write(tmp_path)
    path = only_segment(tmp_path)
    good = path.read_bytes()
    last_batch = good.rindex(b"\xff\xff\xff\xff")
    for place in range(last_batch):
        damaged = bytearray(good)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        with pytest.raises(CorruptLogError):
            Journal.open(tmp_path)
        assert path.read_bytes() == damaged


def test_damage_in_the_last_batch_is_an_error_when_it_was_flushed(tmp_path):
    write(tmp_path)
    path = only_segment(tmp_path)
    good = path.read_bytes()
    for place in range(good.rindex(b"\xff\xff\xff\xff"), len(good)):
        damaged = bytearray(good)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        with pytest.raises(CorruptLogError):
            Journal.open(tmp_path, at_least=len(ALL))
        assert path.read_bytes() == damaged


def test_flushed_records_that_are_gone_are_an_error(tmp_path):
    write(tmp_path)
    path = only_segment(tmp_path)
    path.write_bytes(path.read_bytes()[: path.read_bytes().rindex(b"\xff\xff\xff\xff")])
    with pytest.raises(CorruptLogError):
        Journal.open(tmp_path, at_least=len(ALL))
    assert content(tmp_path) == ALL[:3]


@pytest.mark.parametrize("damage", ["drop the first", "drop one", "cut one", "swap two", "flip a header"])
def test_damage_to_sealed_segments_is_an_error(tmp_path, damage):
    write(tmp_path, [[bytes([number]) * 20] for number in range(1, 30)], segment_size=100)
    first, second, third, *_ = sorted(tmp_path.glob(f"*{SUFFIX}"))
    if damage == "drop the first":
        first.unlink()
    elif damage == "drop one":
        second.unlink()
    elif damage == "cut one":
        second.write_bytes(second.read_bytes()[:-1])
    elif damage == "swap two":
        one, two = second.read_bytes(), third.read_bytes()
        second.write_bytes(two)
        third.write_bytes(one)
    else:
        data = bytearray(first.read_bytes())
        data[9] ^= 1
        first.write_bytes(data)
    with pytest.raises(CorruptLogError):
        Journal.open(tmp_path)


def test_damage_found_on_reading_is_an_error(tmp_path):
    write(tmp_path, [[bytes([number]) * 20] for number in range(1, 30)], segment_size=100)
    path = min(tmp_path.glob(f"*{SUFFIX}"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    journal = Journal.open(tmp_path)  # sealed segments are not read at opening
    count = next(index for index in range(journal.size) if _damaged(journal, index))
    assert count < 5
    with pytest.raises(CorruptLogError):
        list(journal.iterate(0))


def _damaged(journal, index):
    try:
        journal.read(index)
    except CorruptLogError:
        return True
    return False


def test_payloads_cannot_pose_as_a_later_batch(tmp_path):
    forged = frames.encode_batch(frames.Header(0, b"nonce..."), 50, 0, [b"x"])[0]
    write(tmp_path, [[b"a"], [b"b", forged + forged, b"c" * 50]])
    path = only_segment(tmp_path)
    data = bytearray(path.read_bytes())
    data[data.index(b"b", len(data) - 200)] ^= 1  # before the forged batch, in the last real one
    path.write_bytes(data)
    assert content(tmp_path)[:1] == [b"a"]


def test_a_frame_does_not_fit_in_the_place_of_another():
    header = frames.Header(0, b"nonce...")
    (one, _), (two, _) = (frames.encode_batch(header, index, 0, [b"same"]) for index in (0, 1))
    assert one[-12:] != two[-12:]
    with pytest.raises(frames.BrokenFrameError):
        frames.decode_frame(two[24:], 0)
    assert frames.decode_frame(two[24:], 1) == b"same"


def test_readers_may_keep_a_segment_that_the_journal_has_left(tmp_path):
    write(tmp_path, [[bytes([number % 250 + 1]) * 20] for number in range(200)], segment_size=50)
    journal = Journal.open(tmp_path, segment_size=50)
    slow = journal.iterate(0)
    assert next(slow) == b"\1" * 20
    assert [journal.read(index)[0] for index in range(200)] == [number % 250 + 1 for number in range(200)]
    assert len(list(slow)) == 199
