"""The few ways in which a log changes its disk, each with what it promises about a power cut.

Files are named by strings, not ``Path``: tiles are written on the hot path.
"""

from __future__ import annotations

import contextlib
import os
import shutil


def append(fd: int, data: bytes) -> None:
    """Write ``data`` at the end of an open file, in one call, and have it on disk before returning.

    Raises:
        OSError: when the disk takes less than all of it; how much of it is there is then unknown.
    """
    if os.write(fd, data) != len(data):
        raise OSError("the disk did not take the whole write")
    os.fdatasync(fd)


def put(path: str, data: bytes) -> None:
    """Write a file so that a reader sees all of it or its former state. A power cut may still undo it.

    The folder must exist.

    Raises:
        OSError: when the disk takes less than all of it.
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


def _written(path: str, data: bytes, *, durable: bool) -> str:
    folder, name = os.path.split(path)
    temporary = f"{folder}/.{name}.new"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        if os.write(fd, data) != len(data):
            raise OSError("the disk did not take the whole file")
        if durable:
            os.fsync(fd)
    finally:
        os.close(fd)
    return temporary


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


class Unsynced:
    """Files to be made durable together before the next checkpoint.

    Creating and flushing a tile for every 256 entries would keep producers waiting; one pass before each checkpoint,
    outside the writer, costs them nothing. Until then contents are kept in memory, up to a limit.
    """

    def __init__(self, limit: int = 32 << 20) -> None:
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
        """Have all of it on disk: contents first, then the names that lead to them, innermost first."""
        self._write()
        for path in self._files:
            sync(path)
        for folder in sorted(self._folders, key=len, reverse=True):
            sync(folder)

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
        while not os.path.isdir(missing):  # noqa: PTH112  as above
            missing = os.path.dirname(missing)  # noqa: PTH120
            self._folders.add(missing)
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        self._folders.add(folder)
