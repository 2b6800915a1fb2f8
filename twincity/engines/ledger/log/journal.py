"""The truth of a log: its records in order, each on disk before it is acknowledged.

A journal is a folder of segments. Only the last one is written to; the others are sealed, with a fixed-width index of
where each record begins. The last one is scanned at opening, which bounds both the time to start and the damage that
could go unnoticed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from twincity.engines.ledger.log import disk
from twincity.engines.ledger.log.errors import CorruptLogError
from twincity.engines.ledger.log.segment import SUFFIX, Segment

SEGMENT_SIZE = 32 << 20
"""Bytes after which a segment is sealed; about 100,000 exchange records."""
_OPEN_SEGMENTS = 64


class Journal:
    """Append-only records, counted from 0. One thread appends; any thread reads what is there."""

    def __init__(self, folder: Path, firsts: list[int], active: Segment, *, segment_size: int) -> None:
        self._folder = folder
        self._firsts = firsts
        self._active = active
        self._segment_size = segment_size
        self._sealed = lru_cache(maxsize=_OPEN_SEGMENTS)(self._open_sealed)

    @classmethod
    def open(cls, folder: Path, *, at_least: int = 0, segment_size: int = SEGMENT_SIZE) -> Journal:
        """Open or create the journal in ``folder``; a torn end is cut off.

        Args:
            folder: is created when missing.
            at_least: records known to have been flushed, from a checkpoint for instance.
            segment_size: bytes after which a new segment begins.

        Raises:
            CorruptLogError: when flushed records are damaged or missing. Nothing has been changed then.
        """
        disk.make_folder(str(folder.absolute()))
        paths = sorted(folder.glob(f"*{SUFFIX}"))
        active = Segment.recover(paths[-1], at_least=at_least) if paths else Segment.create(folder, 0)
        journal = cls(folder, [int(path.stem) for path in paths] or [0], active, segment_size=segment_size)
        if journal.size < at_least:
            raise CorruptLogError(f"{folder}: holds {journal.size} records, but {at_least} were flushed")
        journal._check_sealed()
        return journal

    @property
    def size(self) -> int:
        """Number of records on disk."""
        active = self._active
        return active.first + active.count

    def append(self, payloads: Sequence[bytes]) -> None:
        """Add records, none of them empty, with one write and one flush; they are on disk when this returns.

        Raises:
            OSError: when they are not. The journal must then be opened anew and not be written to again.
        """
        if self._active.size >= self._segment_size:
            self._roll()
        self._active.append(payloads)

    def read(self, index: int) -> bytes:
        """One record.

        Raises:
            IndexError: when there is none of that index.
            CorruptLogError: when it is damaged.
        """
        if not 0 <= index < self.size:
            raise IndexError(index)
        return self._segment(bisect_right(self._firsts, index) - 1).read(index)

    def iterate(self, start: int) -> Iterator[bytes]:
        """Records from ``start`` on, as far as they are there when their segment is reached.

        Raises:
            CorruptLogError: at one that is damaged.
        """
        for place in range(max(0, bisect_right(self._firsts, start) - 1), len(self._firsts)):
            segment = self._segment(place)
            yield from segment.iterate(max(start, segment.first))

    def close(self) -> None:
        """Close the files."""
        self._sealed.cache_clear()
        self._active.close()

    def _segment(self, place: int) -> Segment:
        active = self._active
        return active if self._firsts[place] == active.first else self._sealed(place)

    def _open_sealed(self, place: int) -> Segment:
        return Segment.sealed(self._folder / f"{self._firsts[place]:020d}{SUFFIX}", self._firsts[place + 1])

    def _check_sealed(self) -> None:
        if self._firsts[0] != 0:
            raise CorruptLogError(f"{self._folder}: the first segment is missing")
        for place in range(len(self._firsts) - 1):
            self._sealed(place)

    def _roll(self) -> None:
        self._active.seal()
        fresh = Segment.create(self._folder, self.size)
        # In this order: a reader that no longer finds the old segment active must know where it ends.
        self._firsts.append(fresh.first)
        self._active = fresh
