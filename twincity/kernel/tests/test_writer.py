"""Group commit: order, batching, back-pressure, failure."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from twincity.kernel.problems import UNAVAILABLE, Problem
from twincity.kernel.writer import GroupWriter


class Disk:
    """A commit that records its batches and can be held up or made to fail."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.error: BaseException | None = None

    def commit(self, batch: list[int]) -> list[str]:
        self.entered.release()
        self.gate.wait()
        if self.error is not None:
            raise self.error
        self.batches.append(batch)
        return [f"done {item}" for item in batch]


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def writer(disk):
    writer = GroupWriter(disk.commit, name="test", limit=8, batch=5)
    yield writer
    disk.gate.set()
    writer.close()


def held(writer, disk, first=0):
    """Put one item into a commit that does not end, so that what follows has to queue."""
    disk.gate.clear()
    future = writer.submit_threaded(first)
    disk.entered.acquire()
    return future


def test_each_waiter_gets_the_result_of_its_item(writer):
    async def produce():
        return await asyncio.gather(*[writer.submit(item) for item in range(7)])

    assert asyncio.run(produce()) == [f"done {item}" for item in range(7)]


def test_what_gathers_during_a_commit_becomes_one_batch(writer, disk):
    first = held(writer, disk)
    others = [writer.submit_threaded(item) for item in (1, 2, 3)]
    disk.gate.set()
    assert [future.result() for future in (first, *others)] == ["done 0", "done 1", "done 2", "done 3"]
    assert disk.batches == [[0], [1, 2, 3]]


def test_a_batch_is_bounded_and_keeps_the_order(writer, disk):
    held(writer, disk)
    futures = [writer.submit_threaded(item) for item in range(1, 8)]
    disk.gate.set()
    assert futures[-1].result() == "done 7"
    assert disk.batches == [[0], [1, 2, 3, 4, 5], [6, 7]]


def test_a_full_queue_refuses_and_says_when_to_come_back(writer, disk):
    held(writer, disk)
    waiting = [writer.submit_threaded(item) for item in range(8)]
    with pytest.raises(Problem) as refused:
        writer.submit_threaded(9)
    assert refused.value.kind is UNAVAILABLE
    assert refused.value.retry_after
    with pytest.raises(Problem):
        writer.check_room()
    disk.gate.set()
    assert [future.result() for future in waiting] == [f"done {item}" for item in range(8)]
    assert writer.submit_threaded(9).result() == "done 9"


def test_a_failed_commit_fails_its_waiters_and_all_that_follow(writer, disk):
    first = held(writer, disk)
    queued = writer.submit_threaded(1)
    disk.error = OSError("disk on fire")
    disk.gate.set()
    for future in (first, queued):
        with pytest.raises(Problem) as failed:
            future.result()
        assert failed.value.kind is UNAVAILABLE
        assert failed.value.__cause__ is disk.error
    disk.error = None
    with pytest.raises(Problem):
        writer.submit_threaded(2)
    assert isinstance(writer.failure, OSError)
    assert disk.batches == []


def test_a_failed_commit_fails_waiters_of_an_event_loop(writer, disk):
    async def produce():
        disk.error = OSError("no space")
        return await asyncio.gather(writer.submit(1), writer.submit(2), return_exceptions=True)

    assert [problem.kind for problem in asyncio.run(produce())] == [UNAVAILABLE] * 2


def test_results_that_do_not_match_the_batch_stop_the_writer():
    writer = GroupWriter(lambda _: [], name="test")
    with pytest.raises(Problem):
        writer.submit_threaded(1).result()
    assert isinstance(writer.failure, RuntimeError)
    writer.close()


def test_failure_elsewhere_stops_the_writer(writer, disk):
    first = held(writer, disk)
    queued = writer.submit_threaded(1)
    writer.poison(OSError("tiles"))
    with pytest.raises(Problem):
        queued.result()
    disk.gate.set()
    assert first.result() == "done 0"  # it was under way, and is durable
    with pytest.raises(Problem):
        writer.submit_threaded(2)


def test_closing_commits_what_is_queued_and_refuses_the_rest(disk):
    writer = GroupWriter(disk.commit, name="test", batch=2)
    held(writer, disk)
    queued = [writer.submit_threaded(item) for item in range(1, 6)]
    disk.gate.set()
    writer.close()
    assert [future.result(0) for future in queued] == [f"done {item}" for item in range(1, 6)]
    with pytest.raises(Problem):
        writer.submit_threaded(9)


def test_nobody_has_to_wait_for_the_answer(writer, disk):
    async def impatient():
        disk.gate.clear()
        gone = writer.submit(1)
        stays = writer.submit(2)
        gone.cancel()
        disk.gate.set()
        return await stays

    assert asyncio.run(impatient()) == "done 2"
    cancelled = held(writer, disk, 3)
    cancelled.cancel()
    disk.gate.set()
    assert writer.submit_threaded(4).result() == "done 4"
    assert [item for batch in disk.batches for item in batch] == [1, 2, 3, 4]


def test_a_loop_that_has_closed_does_not_stop_the_writer(writer, disk):
    async def leave():
        disk.gate.clear()
        writer.submit(1)

    asyncio.run(leave())
    disk.gate.set()
    assert writer.submit_threaded(2).result() == "done 2"


def test_many_threads_and_loops_at_once(disk):
    writer = GroupWriter(disk.commit, name="test", limit=100_000, batch=100)

    async def produce(start):
        return await asyncio.gather(*[writer.submit(start + item) for item in range(200)])

    with ThreadPoolExecutor(8) as pool:
        loops = [pool.submit(asyncio.run, produce(1000 * place)) for place in range(4)]
        plain = [
            pool.submit(lambda start=start: [writer.submit_threaded(start + item).result() for item in range(50)])
            for start in (10_000, 20_000, 30_000, 40_000)
        ]
        for place, done in enumerate(loops):
            assert done.result() == [f"done {1000 * place + item}" for item in range(200)]
        assert all(len(done.result()) == 50 for done in plain)
    writer.close()
    written = [item for batch in disk.batches for item in batch]
    assert len(written) == len(set(written)) == 4 * 200 + 4 * 50
    for place in range(4):
        own = [item for item in written if 1000 * place <= item < 1000 * place + 200]
        assert own == sorted(own)
