"""The tree of an open log, kept in step with its journal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from threading import Lock

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.disk import Unsynced
from twincity.engines.ledger.log.entries import Kind
from twincity.engines.ledger.log.errors import CorruptLogError
from twincity.engines.ledger.log.journal import Journal
from twincity.engines.ledger.log.store import TileStore
from twincity.engines.ledger.log.tiles import folder
from twincity.engines.ledger.log.tree import Snapshot, TileTree
from twincity.kernel.merkle import leaf_hash

_CHUNK = 4096
_logger = logging.getLogger(__name__)


class LiveTree:
    """Grows by what the journal has flushed; hands out snapshots for publication."""

    def __init__(self, kind: Kind, store: TileStore, tree: TileTree) -> None:
        self.kind = kind
        self._store = store
        self._tree = tree
        self._rebuilt = False
        self._lock = Lock()

    @classmethod
    def recover(
        cls, root: Path, kind: Kind, store: TileStore, journal: Journal, latest: SignedCheckpoint | None
    ) -> LiveTree:
        """The tree of all that is in the journal: from the tiles of the last checkpoint, as far as they are sound.

        Raises:
            CorruptLogError: when the journal contradicts the last checkpoint.
        """
        live = cls(kind, store, TileTree(store.emit))
        if latest is not None:
            live._load(root, latest)
            live._replay(journal, latest.checkpoint.size)
            if live._tree.root() != latest.checkpoint.root:
                raise CorruptLogError(f"{root}: the journal contradicts the last checkpoint")
        live._replay(journal, journal.size)
        return live

    def extend(self, entries: Sequence[bytes]) -> list[bytes]:
        """Add entries that are on disk in the journal; gives their leaf hashes."""
        leaves = list(map(leaf_hash, entries))
        with self._lock:
            self._tree.extend(entries, leaves)
        return leaves

    def snapshot(self, due: Callable[[int], bool]) -> tuple[Snapshot, Unsynced] | None:
        """The tree and its tiles that are not durable yet, if a checkpoint of that size is due."""
        with self._lock:
            if not (due(self._tree.size) or self._rebuilt):
                return None
            self._rebuilt = False
            return self._tree.snapshot(), self._store.take()

    def _load(self, root: Path, latest: SignedCheckpoint) -> None:
        """Start from the tiles of a checkpoint; from nothing, should they be damaged."""
        checkpoint = latest.checkpoint
        try:
            self._tree = TileTree.load(checkpoint.size, checkpoint.root, folder(root), self._store.emit)
        except CorruptLogError as error:
            _logger.warning("%s is built anew from its journal: %s", checkpoint.origin, error)
            self._store.discard(checkpoint.size)
            self._rebuilt = True

    def _replay(self, journal: Journal, until: int) -> None:
        payloads = islice(journal.iterate(self._tree.size), until - self._tree.size)
        while chunk := list(islice(payloads, _CHUNK)):
            self.extend(list(map(self.kind.entry, chunk)))
