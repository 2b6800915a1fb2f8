"""Reading a tree from its tiles, wherever they lie."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from twincity.engines.ledger.log.entries import unbundle
from twincity.engines.ledger.log.errors import CorruptLogError
from twincity.engines.ledger.log.layout import ENTRIES, WIDTH, Tile, width
from twincity.kernel import merkle

Fetch = Callable[[str], bytes]
"""Content of a path below a log's prefix; raises FileNotFoundError when it is not there."""

_CACHED_TILES = 256


class TileReader:
    """Nodes and entries of a published tree. Tiles are checked for form only: proofs made of them show the rest.

    Args:
        fetch: reads a path below the log's prefix.
        size: of the tree; may be raised as the log grows.
    """

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch = fetch
        self.size = size
        # Rows of inner nodes are kept with the tile: a proof needs eight of its 255.
        self._rows = lru_cache(maxsize=_CACHED_TILES)(self._load)

    def root(self, size: int) -> bytes:
        """Root of the tree of ``size``, which may be a smaller one than this.

        Raises:
            IndexError, CorruptLogError: as :meth:`node`.
        """
        edge, offset = [], 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                edge.append(self.node(level, offset >> level))
                offset += 1 << level
        return merkle.Frontier(size, edge).root()

    def node(self, level: int, index: int) -> bytes:
        """Hash of the complete subtree over the leaves [index·2^level, (index + 1)·2^level).

        Raises:
            IndexError: when the tree has no such subtree.
            CorruptLogError: when a tile is missing or malformed.
        """
        if not 0 <= index < self.size >> level:
            raise IndexError(f"no node {level}, {index} in a tree of {self.size}")
        tile_level, row = divmod(level, 8)
        number, place = divmod(index, WIDTH >> row)
        return self._rows(Tile(tile_level, number, width(tile_level, number, self.size)))[row][place]

    def entries(self, number: int) -> list[bytes]:
        """The entries of bundle ``number``.

        Raises:
            CorruptLogError: when it is missing or malformed.
        """
        return read_entries(self._fetch, Tile(ENTRIES, number, width(ENTRIES, number, self.size)))

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Proof that leaf ``index`` is in the tree of ``size``, which may be a smaller one than this.

        Raises:
            ValueError, CorruptLogError: as :func:`merkle.inclusion_proof` and :meth:`node`.
        """
        return merkle.inclusion_proof(index, size, self.node)

    def consistency(self, size1: int, size2: int) -> list[bytes]:
        """Proof that the tree of ``size2`` continues that of ``size1``; empty for an empty first tree.

        Raises:
            ValueError, CorruptLogError: as :func:`merkle.consistency_proof` and :meth:`node`.
        """
        return merkle.consistency_proof(size1, size2, self.node) if size1 else []

    def _load(self, tile: Tile) -> list[list[bytes]]:
        return merkle.levels(read_hashes(self._fetch, tile))


def read_hashes(fetch: Fetch, tile: Tile) -> list[bytes]:
    """The hashes of a tile, taken from the full one if that has replaced it.

    Raises:
        CorruptLogError: when it is missing or has not its width.
    """
    data, found = _read(fetch, tile)
    if len(data) != found.width * merkle.HASH_SIZE:
        raise CorruptLogError(f"{found.path} has not {found.width} hashes")
    return [data[at : at + merkle.HASH_SIZE] for at in range(0, len(data), merkle.HASH_SIZE)][: tile.width]


def read_entries(fetch: Fetch, tile: Tile) -> list[bytes]:
    """The entries of a bundle, taken from the full one if that has replaced it.

    Raises:
        CorruptLogError: when it is missing or has not its width.
    """
    data, found = _read(fetch, tile)
    return unbundle(data, found.width)[: tile.width]


def _read(fetch: Fetch, tile: Tile) -> tuple[bytes, Tile]:
    try:
        return fetch(tile.path), tile
    except FileNotFoundError:
        full = tile._replace(width=WIDTH)
        try:
            return fetch(full.path), full
        except FileNotFoundError as error:
            raise CorruptLogError(f"{tile.path} is missing") from error


def folder(root: Path) -> Fetch:
    """A log's prefix on disk."""

    def fetch(path: str) -> bytes:
        return (root / path).read_bytes()

    return fetch
