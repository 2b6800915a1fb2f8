"""Names and widths of tiles (c2sp.org/tlog-tiles).

A tile of level L holds up to 256 hashes, each the root of a complete subtree of 256^L leaves; an entry bundle holds the
entries under one tile of level 0. A tree of a given size has, on each level, full tiles and at most one partial one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

WIDTH = 256
ENTRIES = -1
"""Stands where a level is meant, for the entry bundles."""
MAX_LEVEL = 63
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<number>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class Tile(NamedTuple):
    """One tile or, at level :data:`ENTRIES`, one entry bundle; ``width`` counts its hashes or entries, 1 to 256."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its path below the log's prefix."""
        whole = self.full_path
        return whole if self.width == WIDTH else f"{whole}.p/{self.width}"

    @property
    def full_path(self) -> str:
        """The path of this tile once it is full."""
        digits = f"{self.number:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"tile/{level}/" + "".join(f"x{group}/" for group in groups[:-1]) + groups[-1]

    @classmethod
    def parse(cls, path: str) -> Tile | None:
        """The tile a path names, or None when it names none."""
        found = _PATH.fullmatch(path)
        if found is None:
            return None
        level = ENTRIES if found["level"] == "entries" else int(found["level"])
        tile = cls(level, int(found["number"].replace("/", "").replace("x", "")), int(found["width"] or WIDTH))
        return tile if tile.path == path and level <= MAX_LEVEL else None


def count(level: int, size: int) -> int:
    """Hashes (or entries) on a level of a tree of ``size``."""
    return size >> 8 * max(level, 0)


def width(level: int, number: int, size: int) -> int:
    """Width of a tile in a tree of ``size``: 0 where it has none."""
    return max(0, min(WIDTH, count(level, size) - number * WIDTH))


def partial(size: int) -> Iterator[Tile]:
    """The partial tiles of a tree, with the partial entry bundle."""
    for level in levels(size):
        hashes = count(level, size)
        if hashes % WIDTH:
            yield Tile(level, hashes // WIDTH, hashes % WIDTH)


def levels(size: int) -> Iterator[int]:
    """The levels on which a tree has tiles, that of the entries first."""
    level = ENTRIES
    while count(level, size):
        yield level
        level += 1


def tiles(size: int) -> Iterator[Tile]:
    """All tiles and bundles of a tree."""
    for level in levels(size):
        for number in range(-(-count(level, size) // WIDTH)):
            yield Tile(level, number, width(level, number, size))
