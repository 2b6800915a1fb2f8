"""A log's tiles on disk: gathered as they become complete, made durable before each checkpoint."""

from __future__ import annotations

from pathlib import Path

from twincity.engines.ledger.log import disk
from twincity.engines.ledger.log.layout import WIDTH, Tile, partial, width
from twincity.engines.ledger.log.tree import Snapshot


class TileStore:
    """Writes below ``root``. :meth:`emit` and :meth:`take` need a common lock of the caller's."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._volume = disk.Volume(self._root)
        self._unsynced = disk.Unsynced(self._volume)
        self._durable: set[Tile] = set()

    def emit(self, tile: Tile, data: bytes) -> None:
        """Add a complete tile or bundle."""
        self._unsynced.put(f"{self._root}/{tile.path}", data)

    def take(self) -> disk.Unsynced:
        """What has been added since the last time, for :meth:`settle`."""
        taken, self._unsynced = self._unsynced, disk.Unsynced(self._volume)
        return taken

    def settle(self, tree: Snapshot, unsynced: disk.Unsynced, *, before: int) -> None:
        """Have every tile of a tree on disk, given that those of the tree of size ``before`` are.

        Raises:
            OSError: when the disk does not take it; nothing that follows may then be published.
        """
        for tile, data in tree.partial:
            if tile not in self._durable:
                unsynced.put(f"{self._root}/{tile.path}", data)
        unsynced.sync()
        self._durable = {tile for tile, _ in tree.partial}
        # Partial tiles go once the full one is durable, before the next checkpoint: so a crash repeats it.
        for tile in partial(before):
            if width(tile.level, tile.number, tree.size) == WIDTH:
                self._remove_partial(tile)

    def discard(self, size: int) -> None:
        """Remove the partial tiles at the right edge of a tree, because they are damaged."""
        for tile in partial(size):
            self._remove_partial(tile)

    def _remove_partial(self, tile: Tile) -> None:
        disk.remove_folder(f"{self._root}/{tile.full_path}.p")
