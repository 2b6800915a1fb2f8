"""Appending: receipts, order, refusals, failure of the disk."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from twincity.engines.ledger.log.entries import commit
from twincity.engines.ledger.log.errors import CorruptLogError, LogError
from twincity.engines.ledger.log.log import Log
from twincity.engines.ledger.log.proofs import LogProof
from twincity.engines.ledger.log.tests.helpers import LOG_ONLY, ORIGIN, SIGNER, fill, memory, open_log, records
from twincity.kernel.merkle import leaf_hash
from twincity.kernel.problems import INVALID, TOO_LARGE, UNAVAILABLE, Problem


def test_the_index_is_known_inside_the_record(tmp_path):
    log = open_log(tmp_path)

    async def produce():
        return await asyncio.gather(*[log.append(lambda index: b"number %d" % index) for _ in range(500)])

    receipts = asyncio.run(produce())
    assert [receipt.index for receipt in receipts] == list(range(500))
    assert [log.record(index).data for index in range(500)] == [b"number %d" % index for index in range(500)]
    assert [receipt.leaf for receipt in receipts] == [leaf_hash(b"number %d" % index) for index in range(500)]
    assert [record.data for record in log.records(498)] == [b"number 498", b"number 499"]
    log.close()


def test_threads_and_loops_share_one_sequence(tmp_path):
    log = open_log(tmp_path, private=True)

    async def produce():
        return await asyncio.gather(*[log.append(lambda index: b"%d" % index) for _ in range(100)])

    with ThreadPoolExecutor(6) as pool:
        loops = [pool.submit(asyncio.run, produce()) for _ in range(3)]
        plain = [pool.submit(log.append_wait, lambda index: b"%d" % index) for _ in range(60)]
        receipts = [receipt for done in loops for receipt in done.result()] + [done.result() for done in plain]
    assert sorted(receipt.index for receipt in receipts) == list(range(360))
    assert all(log.record(receipt.index).data == b"%d" % receipt.index for receipt in receipts)
    log.close()


def test_a_private_log_publishes_commitments_only(tmp_path):
    log = open_log(tmp_path, private=True)
    receipts = [log.append_wait(lambda _: b"secret") for _ in range(3)]
    log.close()
    assert len({receipt.salt for receipt in receipts}) == 3
    for receipt in receipts:
        assert receipt.leaf == leaf_hash(commit(receipt.salt, b"secret"))
    assert not [path for path, data in memory(tmp_path).items() if b"secret" in data]
    log = open_log(tmp_path, private=True)
    record = log.record(1)
    assert (record.salt, record.data) == (receipts[1].salt, b"secret")
    proven = LogProof.parse(log.proof(1)).verify_private(record.salt, record.data, LOG_ONLY)
    assert proven.place == 1
    log.close()


def test_a_record_that_cannot_be_made_takes_no_place(tmp_path):
    log = open_log(tmp_path)
    with pytest.raises(ZeroDivisionError):
        log.append_wait(lambda index: bytes(1 // index))
    assert log.append_wait(lambda index: b"at %d" % index).index == 0
    log.close()


@pytest.mark.parametrize(("private", "limit"), [(False, 65_535), (True, 1 << 20)])
def test_records_have_bounds(tmp_path, private, limit):
    log = open_log(tmp_path, private=private)
    assert log.append_wait(lambda _: bytes(limit)).index == 0
    for record, kind in ((bytes(limit + 1), TOO_LARGE), (b"", INVALID)):
        with pytest.raises(Problem) as refused:
            log.append_wait(lambda _, record=record: record)
        assert refused.value.kind is kind
    assert log.append_wait(lambda _: b"next").index == 1
    log.close()


def test_a_full_queue_refuses_before_the_record_is_made(tmp_path, monkeypatch):
    log = open_log(tmp_path, queue=2)
    gate, entered = threading.Event(), threading.Event()
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda fd: (entered.set(), gate.wait(), real(fd)))
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(log.append_wait, lambda _: b"first")]
        entered.wait()
        for _ in range(2):
            waiting.append(pool.submit(log.append_wait, lambda _: b"queued"))
            while log._next < len(waiting):
                pass
        made = []
        with pytest.raises(Problem) as refused:
            log.append_wait(lambda index: made.append(index) or b"x")
        assert refused.value.kind is UNAVAILABLE
        assert not made
        gate.set()
        assert sorted(done.result().index for done in waiting) == [0, 1, 2]
    log.close()


@pytest.mark.parametrize("call", ["fdatasync", "write"])
def test_a_failed_write_is_never_tried_again(tmp_path, monkeypatch, call):
    log = open_log(tmp_path)
    fill(log, records(3))
    log.tick()

    def fail(*_):
        raise OSError("disk on fire")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(Problem) as failed:
        log.append_wait(lambda _: b"lost?")
    assert failed.value.kind is UNAVAILABLE
    monkeypatch.undo()
    assert isinstance(log.failure, OSError)
    with pytest.raises(Problem):
        log.append_wait(lambda _: b"after")
    with pytest.raises(LogError):
        log.tick()
    log.close()
    log = open_log(tmp_path)
    assert log.size in {3, 4}  # the record that failed may be there or not
    assert [record.data for record in log.records()][:3] == records(3)
    log.close()


def test_tiles_that_cannot_be_made_durable_stop_the_log(tmp_path, monkeypatch):
    log = open_log(tmp_path)
    before = log.checkpoint()
    fill(log, records(300))

    def fail(_):
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        log.tick()
    monkeypatch.undo()
    assert log.checkpoint() == before
    with pytest.raises(LogError):
        log.tick()
    with pytest.raises(Problem):
        log.append_wait(lambda _: b"after")
    log.close()
    log = open_log(tmp_path)
    assert log.checkpoint().checkpoint.size == 300
    log.close()


def test_one_process_at_a_time(tmp_path):
    log = open_log(tmp_path)
    with pytest.raises(LogError, match="another process"):
        open_log(tmp_path)
    log.close()
    open_log(tmp_path).close()


def test_a_log_stays_what_it_is(tmp_path):
    open_log(tmp_path).close()
    with pytest.raises(LogError, match="another log"):
        open_log(tmp_path, private=True)
    with pytest.raises(LogError):
        Log.open(tmp_path, origin="sc.example/log", signer=SIGNER, private=False)
    with pytest.raises(LogError, match="another log"):
        open_log(tmp_path, origin="sc.example/log")
    assert ORIGIN in (tmp_path / "checkpoint").read_text()


def test_reading_beyond_the_end(tmp_path):
    log = open_log(tmp_path)
    log.append_wait(lambda _: b"x")
    with pytest.raises(IndexError):
        log.record(1)
    log.close()


def test_the_own_thread_publishes_until_closed(tmp_path):
    log = open_log(tmp_path, tick_every=0.001)
    grown = threading.Event()
    tick = log.tick

    def watched():
        if tick():
            grown.set()

    log._ticker._tick = watched
    log.append_wait(lambda _: b"x")
    assert grown.wait(30)
    assert log.checkpoint().checkpoint.size == 1
    log.close()


def test_the_own_thread_ends_when_the_log_has_stopped(tmp_path):
    log = open_log(tmp_path, tick_every=0.001)
    log._writer.poison(CorruptLogError("test"))
    log._ticker._thread.join(30)
    assert not log._ticker._thread.is_alive()
    log.close()
