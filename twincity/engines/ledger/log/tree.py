"""The right edge of a growing tree, in tiles.

Only the incomplete tile of each level is kept: at most 255 hashes a level, and the entries of the incomplete bundle.
Whatever gets complete is handed to ``emit`` and forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from twincity.engines.ledger.log.entries import bundle
from twincity.engines.ledger.log.errors import CorruptLogError
from twincity.engines.ledger.log.layout import ENTRIES, WIDTH, Tile, partial
from twincity.engines.ledger.log.tiles import Fetch, read_entries, read_hashes
from twincity.kernel import merkle

Emit = Callable[[Tile, bytes], None]


class Snapshot(NamedTuple):
    """A tree at one size: its root, and its partial tiles."""

    size: int
    root: bytes
    partial: list[tuple[Tile, bytes]]


class TileTree:
    """A growing tree. Not safe for use by several threads at once."""

    def __init__(self, emit: Emit) -> None:
        self.size = 0
        self._emit = emit
        self._rows: list[list[bytes]] = [[]]
        self._entries: list[bytes] = []

    @classmethod
    def load(cls, size: int, root: bytes, fetch: Fetch, emit: Emit) -> TileTree:
        """The tree of ``size`` and with ``root``, from its partial tiles.

        Raises:
            CorruptLogError: when one is missing or not the right one.
        """
        tree = cls(emit)
        tree.size = size
        for tile in partial(size):
            if tile.level == ENTRIES:
                tree._entries = read_entries(fetch, tile)
            else:
                tree._row(tile.level)[:] = read_hashes(fetch, tile)
        if tree.root() != root:
            raise CorruptLogError(f"the tiles are not those of the tree of {size} leaves")
        return tree

    def extend(self, entries: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        """Append entries with their leaf hashes; complete bundles and tiles are emitted, inner ones last."""
        row, start = self._rows[0], 0
        while start < len(leaves):
            end = start + WIDTH - len(row)
            row += leaves[start:end]
            self._entries += entries[start:end]
            self.size += min(end, len(leaves)) - start
            start = end
            if len(row) == WIDTH:
                self._emit(Tile(ENTRIES, self.size // WIDTH - 1), bundle(self._entries))
                self._entries.clear()
                self._complete(0)

    def root(self) -> bytes:
        """Root over all leaves."""
        edge: list[bytes] = []
        for row in reversed(self._rows):
            at = 0
            for bit in (128, 64, 32, 16, 8, 4, 2, 1):
                if len(row) & bit:
                    edge.append(merkle.root(row[at : at + bit]))
                    at += bit
        return merkle.Frontier(self.size, edge).root()

    def snapshot(self) -> Snapshot:
        """The tree as it is now."""
        return Snapshot(self.size, self.root(), [(tile, self._partial(tile)) for tile in partial(self.size)])

    def _partial(self, tile: Tile) -> bytes:
        return bundle(self._entries) if tile.level == ENTRIES else b"".join(self._rows[tile.level])

    def _complete(self, level: int) -> None:
        row = self._rows[level]
        self._emit(Tile(level, (self.size >> 8 * (level + 1)) - 1), b"".join(row))
        above = self._row(level + 1)
        above.append(merkle.root(row))
        row.clear()
        if len(above) == WIDTH:
            self._complete(level + 1)

    def _row(self, level: int) -> list[bytes]:
        self._rows += [[] for _ in range(level + 1 - len(self._rows))]
        return self._rows[level]
