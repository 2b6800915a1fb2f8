"""The files of a log as a copy of it needs them, taken while the log goes on growing.

The order is what makes the copy whole: first a checkpoint with the right edge of its tree, both taken while no newer
one can be published; then the tiles that never change again; the journal last, so that it holds at least what the
checkpoint has signed. What it holds beyond that is caught up when the copy is opened, as after a power cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.journal import Journal
from twincity.engines.ledger.log.layout import WIDTH, partial, tiles
from twincity.engines.ledger.log.segment import INDEX_SUFFIX, SUFFIX


class Piece(NamedTuple):
    """One file of a copy: its path below the log's folder, and its first ``size`` bytes, here or in a file."""

    path: str
    source: bytes | Path
    size: int


def held(root: Path) -> int:
    """Records in the journal of a log that no process has open; a torn end is cut off, as when it is opened.

    Raises:
        CorruptLogError: when flushed records are damaged.
    """
    with closing(Journal.open(root / "journal")) as journal:
        return journal.size


def edge(root: Path, latest: SignedCheckpoint, witnessed: SignedCheckpoint | None) -> list[Piece]:
    """What a newer checkpoint would replace; to be taken while none can be published."""
    found = {"log": (root / "log").read_bytes(), "checkpoint": latest.note.encode()}
    if witnessed is not None:
        found["checkpoint.witnessed"] = witnessed.note.encode()
    found |= {tile.path: (root / tile.path).read_bytes() for tile in partial(latest.checkpoint.size)}
    return [Piece(path, data, len(data)) for path, data in found.items()]


def lasting(root: Path, size: int) -> Iterator[Piece]:
    """The full tiles of a tree, then the journal as far as it has come."""
    for tile in tiles(size):
        if tile.width == WIDTH:
            yield _file(root, tile.path)
    # Indexes after segments: a segment that was sealed has its index before the next segment is there.
    for suffix in (SUFFIX, INDEX_SUFFIX):
        for path in sorted((root / "journal").glob(f"*{suffix}")):
            yield _file(root, f"journal/{path.name}")


def _file(root: Path, path: str) -> Piece:
    return Piece(path, root / path, (root / path).stat().st_size)
