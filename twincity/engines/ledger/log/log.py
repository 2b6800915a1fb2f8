"""A transparency log: durable appends, checkpoints, proofs.

The journal is the truth. An append is answered once its record is flushed there; tiles and checkpoints follow, and
whatever of them a crash has undone is caught up from the journal when the log is opened.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from twincity.engines.ledger.log import copying
from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.entries import Kind, Private, Public
from twincity.engines.ledger.log.errors import LogError
from twincity.engines.ledger.log.home import Home
from twincity.engines.ledger.log.journal import SEGMENT_SIZE, Journal
from twincity.engines.ledger.log.live import LiveTree
from twincity.engines.ledger.log.policy import Policy
from twincity.engines.ledger.log.published import Published
from twincity.engines.ledger.log.publisher import Publisher
from twincity.engines.ledger.log.store import TileStore
from twincity.engines.ledger.log.ticker import Ticker
from twincity.kernel.notes import Signer
from twincity.kernel.problems import INVALID, TOO_LARGE, Problem
from twincity.kernel.writer import GroupWriter

_Future = TypeVar("_Future")


class Receipt(msgspec.Struct, frozen=True):
    """Proof to the appender that a record is on disk: its index, its leaf hash, its salt (empty in a public log)."""

    index: int
    leaf: bytes
    salt: bytes


class Record(msgspec.Struct, frozen=True):
    """A record as the log holds it."""

    index: int
    salt: bytes
    data: bytes


class Log(Published):
    """One log in one folder, opened by one process at a time. Its methods may be called from any thread."""

    def __init__(self, home: Home, journal: Journal, publisher: Publisher, tree: LiveTree, *, queue: int) -> None:
        """For :meth:`open` only."""
        super().__init__(home.root, publisher)
        self._home = home
        self._kind = tree.kind
        self._journal = journal
        self._tree = tree
        self._lock = threading.Lock()
        self._tick_lock = threading.Lock()
        self._next = journal.size
        self._writer: GroupWriter[bytes, Receipt] = GroupWriter(
            self._commit, name=f"log {publisher.origin}", limit=queue
        )
        self._ticker: Ticker | None = None
        self._closed = False

    @classmethod
    def open(
        cls,
        root: Path,
        *,
        origin: str,
        signer: Signer,
        private: bool,
        policy: Policy | None = None,
        tick_every: float | None = None,
        queue: int = 8192,
        segment_size: int = SEGMENT_SIZE,
    ) -> Log:
        """Open or create the log in folder ``root``, and publish a checkpoint of all it holds.

        Args:
            root: ``checkpoint`` and ``tile/`` below it may be served as they are, nothing else there may.
            origin: the log's name in its checkpoints; ``signer`` signs under the same name.
            signer: signs checkpoints.
            private: publish commitments instead of records. Cannot be changed later.
            policy: which witnesses are known, and how many of them make a checkpoint ``witnessed``.
            tick_every: seconds after which an own thread publishes a checkpoint; without it :meth:`tick` is the
                caller's duty.
            queue: appends that may wait for the disk.
            segment_size: bytes of a journal segment.

        Raises:
            CorruptLogError: when what is on disk contradicts the last checkpoint. Nothing is changed then.
            LogError: when another process has the log open, or it is of another kind or origin.
        """
        kind: Kind = Private() if private else Public()
        home = Home.enter(root, origin, kind.name)
        try:
            store = TileStore(home.root)
            publisher = Publisher(home.root, store, origin, signer, policy or Policy(logs=(signer.key,)))
            journal = Journal.open(home.root / "journal", at_least=publisher.size, segment_size=segment_size)
            tree = LiveTree.recover(home.root, kind, store, journal, publisher.latest)
            log = cls(home, journal, publisher, tree, queue=queue)
            log.tick()
        except BaseException:
            home.leave()
            raise
        if tick_every is not None:
            log._ticker = Ticker(log.tick, tick_every, name=f"checkpoints of {origin}")
        return log

    @property
    def size(self) -> int:
        """Number of records on disk."""
        return self._journal.size

    @property
    def failure(self) -> BaseException | None:
        """What stopped the log, if anything did; it must be opened anew then."""
        return self._writer.failure

    def append(self, make: Callable[[int], bytes]) -> asyncio.Future[Receipt]:
        """Append a record, from a running event loop.

        Args:
            make: gives the record's bytes for its index. Called at once and under a lock: keep it short. When it
                raises, nothing is appended.

        Returns:
            A future that resolves when the record is on disk.

        Raises:
            Problem: TOO_LARGE or INVALID for the record, UNAVAILABLE when too many wait or the log has stopped. The
                future fails with UNAVAILABLE when the disk does; the record may then be in the log or not.
        """
        with self._lock:
            return self._submit(make, self._writer.submit)

    def append_wait(self, make: Callable[[int], bytes]) -> Receipt:
        """Append a record from a plain thread, and wait until it is on disk. Otherwise like :meth:`append`.

        Raises:
            Problem: as :meth:`append` and its future.
        """
        with self._lock:
            future = self._submit(make, self._writer.submit_threaded)
        return future.result()

    def append_all(self, records: Iterable[bytes]) -> list[Receipt]:
        """Append some records from a plain thread, with one wait for the disk for as many as it takes at a time.

        Raises:
            Problem: as :meth:`append_wait`; earlier ones of the records are in the log then.
        """
        with self._lock:
            futures = [self._submit(partial(_given, data), self._writer.submit_threaded) for data in records]
        return [future.result() for future in futures]

    def record(self, index: int) -> Record:
        """One record.

        Raises:
            IndexError: when there is none.
            CorruptLogError: when it is damaged.
        """
        return Record(index, *self._kind.unseal(self._journal.read(index)))

    def records(self, start: int = 0) -> Iterator[Record]:
        """All records on disk from ``start`` on.

        Raises:
            CorruptLogError: at one that is damaged.
        """
        for index, payload in enumerate(self._journal.iterate(start), start):
            yield Record(index, *self._kind.unseal(payload))

    def pieces(self) -> Iterator[copying.Piece]:
        """The files of a copy of this log that opens as it stands now; appends go on meanwhile.

        Raises:
            LogError: when nothing has been published.
        """
        with self._tick_lock:
            latest = self.checkpoint()
            edge = copying.edge(self._home.root, latest, self.witnessed())
        yield from edge
        yield from copying.lasting(self._home.root, latest.checkpoint.size)

    def tick(self) -> SignedCheckpoint | None:
        """Publish a checkpoint if the log has grown; returns it then.

        Raises:
            OSError, LogError: when it cannot be made durable, now or before. The log has stopped then.
        """
        with self._tick_lock:
            if self.failure is not None:
                raise LogError("the log has stopped") from self.failure
            grown = self._tree.snapshot(self._publisher.due)
            if grown is None:
                return None
            try:
                return self._publisher.publish(*grown)
            except BaseException as error:
                self._writer.poison(error)
                raise

    def close(self) -> None:
        """Finish what waits, publish it, and let go of the folder. Blocks; a second time it does nothing."""
        with self._lock:
            closed, self._closed = self._closed, True
        if closed:
            return
        if self._ticker:
            self._ticker.close()
        self._writer.close()
        try:
            if self.failure is None:
                self.tick()
        finally:
            self._journal.close()
            self._home.leave()

    def _submit(self, make: Callable[[int], bytes], submit: Callable[[bytes], _Future]) -> _Future:
        self._writer.check_room()
        record = make(self._next)
        if not record:
            raise Problem(INVALID, field="record", name="record", reason="empty")
        if len(record) > self._kind.limit:
            raise Problem(TOO_LARGE, field="record", limit=self._kind.limit)
        future = submit(record)
        self._next += 1
        return future

    def _commit(self, records: list[bytes]) -> list[Receipt]:
        first = self._journal.size
        payloads, entries, salts = self._kind.seal(records)
        self._journal.append(payloads)
        leaves = self._tree.extend(entries)
        return list(map(Receipt, range(first, first + len(records)), leaves, salts))


def _given(data: bytes, _index: int) -> bytes:
    return data
