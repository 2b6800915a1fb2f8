"""What a witness remembers: the latest checkpoint it has cosigned of each log."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Protocol

from twincity.engines.ledger.log import disk
from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.errors import CorruptLogError
from twincity.kernel.notes import NoteError

_ORIGIN_HASH = re.compile(r"[0-9a-f]{64}")


class Store(Protocol):
    """Durable memory of a witness."""

    def latest(self, origin: str) -> SignedCheckpoint | None:
        """The latest checkpoint cosigned of that log."""
        ...

    def save(self, signed: SignedCheckpoint) -> None:
        """Remember a checkpoint, durably, before this returns."""
        ...


class FileStore:
    """One file a log, named by the SHA-256 of its origin, as the protocol's monitoring path names it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        disk.make_folder(str(self._folder))

    def latest(self, origin: str) -> SignedCheckpoint | None:
        """The latest checkpoint cosigned of that log.

        Raises:
            CorruptLogError: when it cannot be read; forgetting it would allow a rollback.
        """
        data = self.by_hash(origin_hash(origin))
        try:
            return SignedCheckpoint.parse(data) if data is not None else None
        except NoteError as error:
            raise CorruptLogError(f"the witness's memory of {origin} is damaged") from error

    def by_hash(self, name: str) -> bytes | None:
        """The note to be served at ``<name>/checkpoint``, for the hash of an origin in lower-case hex."""
        path = self._folder / name
        return path.read_bytes() if _ORIGIN_HASH.fullmatch(name) and path.exists() else None

    def save(self, signed: SignedCheckpoint) -> None:
        """Remember a checkpoint, durably, before this returns."""
        disk.put_durably(str(self._folder / origin_hash(signed.checkpoint.origin)), signed.note.encode())


def origin_hash(origin: str) -> str:
    """SHA-256 of an origin in lower-case hex."""
    return hashlib.sha256(origin.encode()).hexdigest()
