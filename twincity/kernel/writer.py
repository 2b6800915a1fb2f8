"""Group commit: many waiters, one thread, one commit for whatever has gathered meanwhile.

There is no timer. A batch is what arrived while the last one was being committed, so it is one item when the node is
quiet and grows by itself under load. A waiter that is answered knows that its item is committed.

A commit that fails is never tried again: after a failed fsync the system may already have dropped the dirty pages and
would report success the next time. So the first failure stops the writer for good; its owner must reopen what it
writes to, from what is on disk.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from twincity.kernel.problems import UNAVAILABLE, Problem

Item = TypeVar("Item")
Result = TypeVar("Result")
_Waiter = tuple[Any, Any, asyncio.AbstractEventLoop | None]
_logger = logging.getLogger(__name__)

GATHER = 0.002
"""Seconds a busy writer waits for company before it commits; see :meth:`GroupWriter._run`."""


class GroupWriter(Generic[Item, Result]):
    """A thread that commits items in the order in which they came.

    Args:
        commit: called in the thread with 1 to ``batch`` items; returns one result for each once they are durable.
        limit: items that may wait; more are refused, so that a slow disk turns into 503 and not into memory.
        batch: most items for one commit.
    """

    def __init__(
        self,
        commit: Callable[[list[Item]], Sequence[Result]],
        *,
        name: str,
        limit: int = 8192,
        batch: int = 4096,
    ) -> None:
        self._commit = commit
        self._limit = limit
        self._batch = batch
        self._queue: list[_Waiter] = []
        self._lock = threading.Lock()
        # A bare lock as wake-up signal: held while the thread may sleep, released once to wake it.
        self._wake = threading.Lock()
        self._wake.acquire()
        self._idle = False
        self._stopping = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def failure(self) -> BaseException | None:
        """What stopped the writer, if anything did."""
        return self._failure

    def check_room(self) -> None:
        """Refuse now what :meth:`submit` would refuse.

        Raises:
            Problem: UNAVAILABLE, when the queue is full (with ``retry_after``), or the writer has stopped.
        """
        if self._stopping:
            raise Problem(UNAVAILABLE, reason="the writer has stopped") from self._failure
        if len(self._queue) >= self._limit:
            raise Problem(UNAVAILABLE, retry_after=1, reason="too many writes are waiting")

    def submit(self, item: Item) -> asyncio.Future[Result]:
        """Queue an item from a running event loop; the future resolves when it is committed.

        Raises:
            Problem: UNAVAILABLE, see :meth:`check_room`. The future fails with the same when the commit fails.
        """
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._put((item, future, loop))
        return future

    def submit_threaded(self, item: Item) -> concurrent.futures.Future[Result]:
        """Queue an item from a plain thread; otherwise like :meth:`submit`.

        Raises:
            Problem: UNAVAILABLE, see :meth:`check_room`.
        """
        future: concurrent.futures.Future[Result] = concurrent.futures.Future()
        self._put((item, future, None))
        return future

    def poison(self, error: BaseException) -> None:
        """Stop for good because of a failure elsewhere; whatever waits fails."""
        with self._lock:
            self._failure, self._stopping = self._failure or error, True
            waiting, self._queue = self._queue, []
            self._rouse()
        _fail(waiting, error)

    def close(self) -> None:
        """Commit what is queued, then end the thread. Blocks; not to be called from a commit."""
        with self._lock:
            self._stopping = True
            self._rouse()
        self._thread.join()

    def _put(self, waiter: _Waiter) -> None:
        with self._lock:
            if self._stopping or len(self._queue) >= self._limit:
                self.check_room()
            self._queue.append(waiter)
            self._rouse()

    def _rouse(self) -> None:
        if self._idle:
            self._idle = False
            self._wake.release()

    def _take(self) -> list[_Waiter]:
        """The next batch, or nothing when the writer has to end."""
        while True:
            with self._lock:
                if self._queue:
                    taken, self._queue = self._queue[: self._batch], self._queue[self._batch :]
                    return taken
                if self._stopping:
                    return []
                self._idle = True
            self._wake.acquire()

    def _more(self, taken: int) -> list[_Waiter]:
        with self._lock:
            more, self._queue = self._queue[: self._batch - taken], self._queue[self._batch - taken :]
            return more

    def _run(self) -> None:
        # Under load a moment's wait makes batches several times larger, and each batch costs this process a flush and
        # a dozen changes of hands at the interpreter lock (measured: a fifth less CPU per exchange). A writer whose
        # last batch held a single item has no load and does not wait.
        gathered = 1
        while batch := self._take():
            if gathered > 1:
                time.sleep(GATHER)
                batch += self._more(len(batch))
            gathered = len(batch)
            try:
                results = self._results([item for item, _, _ in batch])
            except BaseException as error:
                # Whatever it is, nobody may wait for ever.
                _logger.critical("writer %s stopped", self._thread.name, exc_info=error)
                self.poison(error)
                _fail(batch, error)
                return
            _answer(batch, results)

    def _results(self, items: list[Item]) -> Sequence[Result]:
        results = self._commit(items)
        if len(results) != len(items):
            raise RuntimeError(f"{len(results)} results for {len(items)} items")
        return results


def _answer(batch: list[_Waiter], results: Sequence[Any]) -> None:
    """Resolve all waiters, with a single wake-up of each event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for (_, future, loop), result in zip(batch, results, strict=True):
        if loop is not None:
            loops.setdefault(loop, []).append((future, result))
        elif future.set_running_or_notify_cancel():
            future.set_result(result)
    for loop, pairs in loops.items():
        _call(loop, _deliver, pairs)


def _fail(batch: list[_Waiter], error: BaseException) -> None:
    for _, future, loop in batch:
        problem = Problem(UNAVAILABLE, reason="the write failed")
        problem.__cause__ = error
        if loop is not None:
            _call(loop, _deliver_failure, future, problem)
        elif future.set_running_or_notify_cancel():
            future.set_exception(problem)


def _call(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *arguments: Any) -> None:
    try:
        loop.call_soon_threadsafe(callback, *arguments)
    except RuntimeError:
        _logger.warning("an event loop closed before its writes were answered")


def _deliver(pairs: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, result in pairs:
        if not future.done():
            future.set_result(result)


def _deliver_failure(future: asyncio.Future[Any], problem: Problem) -> None:
    if not future.done():
        future.set_exception(problem)
