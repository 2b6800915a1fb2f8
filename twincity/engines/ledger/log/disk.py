"""The few ways in which a log changes its disk, each with what it promises about a power cut.

Files are named by strings, not ``Path``: tiles are written on the hot path.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import weakref
from collections.abc import Collection

_MANY = 16
_syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def append(fd: int, data: bytes) -> None:
    """Write ``data`` at the end of an open file, and have it on disk before returning.

    Raises:
        OSError: when the disk does not take it; how much of it is there is then unknown.
    """
    _write(fd, data)
    os.fdatasync(fd)


def put(path: str, data: bytes) -> None:
    """Write a file so that a reader sees all of it or its former state. A power cut may still undo it.

    The folder must exist.

    Raises:
        OSError: when the disk does not take it.
    """
    os.replace(_written(path, data, durable=False), path)  # noqa: PTH105  strings on the hot path


def put_durably(path: str, data: bytes) -> None:
    """Replace a file at once and for good: after a power cut it is the old one or the new one, whole.

    Once this returns it is the new one.

    Raises:
        OSError: as for :func:`put`.
    """
    os.replace(_written(path, data, durable=True), path)  # noqa: PTH105  as above
    sync(os.path.dirname(path))  # noqa: PTH120


def _write(fd: int, data: bytes) -> None:
    # One call, but for a disk that is nearly full, which the next call tells, or for more than 2 GiB at once.
    written = os.write(fd, data)
    while written < len(data):
        written += os.write(fd, memoryview(data)[written:])


def _written(path: str, data: bytes, *, durable: bool) -> str:
    folder, name = os.path.split(path)
    temporary = f"{folder}/.{name}.new"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        _write(fd, data)
        if durable:
            os.fsync(fd)
    finally:
        os.close(fd)
    return temporary


def make_folder(path: str) -> None:
    """Create a folder, and those above it as needed, for good."""
    if not os.path.isdir(path):  # noqa: PTH112  as above
        parent = os.path.dirname(path)  # noqa: PTH120
        make_folder(parent)
        os.mkdir(path)  # noqa: PTH102
        sync(parent)


def sync(path: str) -> None:
    """Have a file's content, or a folder's names, on disk."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def cut(fd: int, size: int) -> None:
    """Shorten an open file for good."""
    os.ftruncate(fd, size)
    os.fsync(fd)


def remove_folder(path: str) -> None:
    """Delete a folder of files, if it is there. A power cut may bring it back."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(path)


class Volume:
    """The file system below a folder, which can be flushed as a whole.

    Linux reports the errors of earlier background writing to a descriptor that was open at the time (syncfs(2), since
    5.8); so one is kept open for as long as files may be waiting.
    """

    def __init__(self, folder: str) -> None:
        self._fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._fd)

    def sync(self, files: Collection[str], folders: Collection[str]) -> None:
        """Have files and folders on disk: contents first, then the names that lead to them, innermost first.

        Many are flushed with the whole volume, in a tenth of the time that one by one takes.

        Raises:
            OSError: when it cannot be done.
        """
        if _syncfs is not None and len(files) > _MANY:
            if _syncfs(self._fd):
                raise OSError(ctypes.get_errno(), "syncfs failed")
            return
        for path in (*files, *sorted(folders, key=len, reverse=True)):
            sync(path)


class Unsynced:
    """Files to be made durable together before the next checkpoint.

    Creating and flushing a tile for every 256 entries would keep producers waiting; one pass before each checkpoint,
    outside the writer, costs them nothing. Until then contents are kept in memory, up to a limit.
    """

    def __init__(self, volume: Volume, limit: int = 32 << 20) -> None:
        self._volume = volume
        self._limit = limit
        self._waiting: dict[str, bytes] = {}
        self._held = 0
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def put(self, path: str, data: bytes) -> None:
        """Add a file; its folders are made as needed."""
        self._waiting[path] = data
        self._held += len(data)
        if self._held > self._limit:
            self._write()

    def sync(self) -> None:
        """Have all of it on disk.

        Raises:
            OSError: when it cannot be done.
        """
        self._write()
        self._volume.sync(self._files, self._folders)

    def _write(self) -> None:
        for path, data in self._waiting.items():
            folder = os.path.dirname(path)  # noqa: PTH120  as above
            if folder not in self._folders:
                self._make(folder)
            put(path, data)
            self._files.add(path)
        self._waiting.clear()
        self._held = 0

    def _make(self, folder: str) -> None:
        missing = folder
        while not os.path.isdir(missing):  # noqa: PTH112
            missing = os.path.dirname(missing)  # noqa: PTH120
            self._folders.add(missing)
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        self._folders.add(folder)
