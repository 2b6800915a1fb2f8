"""One file of the journal, with the place of each of its records."""

from __future__ import annotations

import mmap
import os
import weakref
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

from twincity.engines.ledger.log import disk, frames
from twincity.engines.ledger.log.errors import CorruptLogError

SUFFIX = ".segment"
INDEX_SUFFIX = ".index"

Starts = array | memoryview


class Segment:
    """Records ``first`` … ``first + len(starts) - 1``. ``starts`` holds the byte at which each one's frame begins."""

    def __init__(self, path: Path, header: frames.Header, starts: Starts, end: int) -> None:
        self.path = path
        self.first = header.first
        self._header = header
        self._starts = starts
        self._end = end
        self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        # A reader on another thread may still hold a segment that the journal has let go of: the last one closes it.
        self.close = weakref.finalize(self, os.close, self._fd)

    @classmethod
    def create(cls, folder: Path, first: int) -> Segment:
        """A new, empty segment."""
        header = frames.Header(first, os.urandom(8))
        path = folder / f"{first:020d}{SUFFIX}"
        disk.put_durably(str(path), header.encode())
        return cls(path, header, array("Q"), frames.HEADER_SIZE)

    @classmethod
    def recover(cls, path: Path, *, at_least: int) -> Segment:
        """Open the segment written last, cutting off what a crash has left half written.

        Args:
            path: of the segment.
            at_least: records (of the whole journal) known to have been flushed.

        Raises:
            CorruptLogError: when flushed records are damaged or gone. The file is then left as it is.
        """
        header, starts, end, broken = _scan(path)
        segment = cls(path, header, starts, end)
        if broken:
            if header.first + len(starts) < at_least:
                raise CorruptLogError(f"{path}: {broken}, but {at_least} records were flushed")
            disk.cut(segment._fd, end)
        return segment

    @classmethod
    def sealed(cls, path: Path, until: int) -> Segment:
        """Open a segment that others follow; it ends before record ``until``. Its index is rebuilt if need be.

        Raises:
            CorruptLogError: unless it holds exactly its records, whole.
        """
        header, size = _header(path), path.stat().st_size
        starts = _read_index(path, until - header.first, size)
        if starts is None:
            _, rebuilt, _, broken = _scan(path)
            if broken or header.first + len(rebuilt) != until:
                raise CorruptLogError(f"{path}: {broken or 'records are missing'}")
            _write_index(path, rebuilt, size)
            starts = rebuilt
        return cls(path, header, starts, size)

    @property
    def count(self) -> int:
        """Number of its records."""
        return len(self._starts)

    @property
    def size(self) -> int:
        """Its bytes."""
        return self._end

    def append(self, payloads: Sequence[bytes]) -> None:
        """Add records; they are on disk when this returns.

        Raises:
            OSError: when they are not; the segment must then be opened anew.
        """
        data, starts = frames.encode_batch(self._header, self.first + self.count, self._end, payloads)
        disk.append(self._fd, data)
        self._end += len(data)
        cast("array[int]", self._starts).extend(starts)

    def seal(self) -> None:
        """Write the index; nothing may be appended any more."""
        _write_index(self.path, cast("array[int]", self._starts), self._end)

    def read(self, index: int) -> bytes:
        """Payload of one record.

        Raises:
            CorruptLogError: when it is damaged.
        """
        place = index - self.first
        start = self._starts[place]
        end = self._starts[place + 1] if place + 1 < self.count else self._end
        try:
            return frames.decode_frame(os.pread(self._fd, end - start, start), index)
        except frames.BrokenFrameError as error:
            raise CorruptLogError(f"{self.path}: record {index} is damaged") from error

    def iterate(self, start: int) -> Iterator[bytes]:
        """Payloads from record ``start`` to the last one at the time of the call.

        Raises:
            CorruptLogError: at one that is damaged.
        """
        if start >= self.first + self.count:
            return
        with closing(mmap.mmap(self._fd, self._end, access=mmap.ACCESS_READ)) as data:
            try:
                for _, payload in frames.walk(data, self._header, self._starts[start - self.first], start):
                    yield payload
            except frames.BrokenFrameError as error:
                raise CorruptLogError(f"{self.path}: {error}") from error


def _header(path: Path) -> frames.Header:
    with path.open("rb") as file:
        try:
            header = frames.Header.decode(file.read(frames.HEADER_SIZE))
        except frames.BrokenFrameError as error:
            raise CorruptLogError(f"{path}: not a segment of a journal") from error
    if path.stem != f"{header.first:020d}":
        raise CorruptLogError(f"{path}: is a segment of another name")
    return header


def _scan(path: Path) -> tuple[frames.Header, array[int], int, frames.BrokenFrameError | None]:
    """Header, frame starts, end of the last whole frame, and the broken spot behind it, if there is one."""
    header, starts = _header(path), array("Q")
    with path.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as data:
        try:
            starts.extend(start for start, _ in frames.walk(data, header, frames.HEADER_SIZE, header.first))
        except frames.BrokenFrameError as broken:
            if frames.batch_behind(data, header, broken):
                raise CorruptLogError(f"{path}: {broken}, though later records are there") from broken
            return header, starts, broken.position, broken
        return header, starts, len(data), None


def _write_index(segment: Path, starts: array[int], end: int) -> None:
    disk.put_durably(str(segment.with_suffix(INDEX_SUFFIX)), (starts + array("Q", [end])).tobytes())


def _read_index(segment: Path, count: int, end: int) -> Starts | None:
    """Frame starts of a sealed segment, paged in as they are used; None when the index does not fit the segment."""
    try:
        with segment.with_suffix(INDEX_SUFFIX).open("rb") as file:
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (FileNotFoundError, ValueError):  # ValueError: an empty file cannot be mapped
        return None
    starts = whole.cast("Q") if len(whole) == 8 * (count + 1) else None
    return starts[:-1] if starts and starts[-1] == end else None
