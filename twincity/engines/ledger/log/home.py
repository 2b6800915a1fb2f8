"""A log's folder: held by one process at a time, and of one origin and kind for ever."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from twincity.engines.ledger.log import disk
from twincity.engines.ledger.log.errors import LogError


@dataclass(frozen=True, slots=True)
class Home:
    """An entered folder."""

    root: Path
    _lock: int

    @classmethod
    def enter(cls, root: Path, origin: str, kind: str) -> Home:
        """Take hold of a folder, creating it if need be.

        Raises:
            LogError: when another process holds it, or it belongs to another log.
        """
        root = root.absolute()
        disk.make_folder(str(root))
        lock = os.open(root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            cls._claim(root, lock, f"tc1 log 1\n{origin}\n{kind}\n")
        except BaseException:
            os.close(lock)
            raise
        return cls(root, lock)

    def leave(self) -> None:
        """Let go of the folder."""
        os.close(self._lock)

    @staticmethod
    def _claim(root: Path, lock: int, wanted: str) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LogError(f"{root} is open in another process") from error
        name = root / "log"
        if not name.exists():
            disk.put_durably(str(name), wanted.encode())
        if name.read_text("utf-8") != wanted:
            raise LogError(f"{root} belongs to another log than {wanted!r}")
