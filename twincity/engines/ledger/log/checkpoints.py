"""Checkpoints: what a log commits to, as the text of a signed note (c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from twincity.kernel.merkle import HASH_SIZE, MAX_SIZE
from twincity.kernel.notes import Note, NoteError, Signed, VerifierKey, b64, unb64, verify

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log named ``origin`` has a tree of ``size`` leaves with this ``root``."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint's note.

        Raises:
            NoteError: when it is not one.
        """
        *lines, end = text.split("\n")
        if end or len(lines) < 3 or not all(lines):
            raise NoteError("not a checkpoint: empty lines, or fewer than three")
        origin, size, root, *extensions = lines
        return cls(origin, parse_size(size), parse_hash(root), tuple(extensions))

    @property
    def text(self) -> str:
        """The text to be signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, b64(self.root), *self.extensions))


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with the note that carries it. Whether it may be believed is for :meth:`signers` to say."""

    checkpoint: Checkpoint
    note: Note

    @classmethod
    def parse(cls, data: bytes) -> SignedCheckpoint:
        """Read a whole note.

        Raises:
            NoteError: when it is malformed.
        """
        note = Note.parse(data)
        return cls(Checkpoint.parse(note.text), note)

    def signers(self, keys: tuple[VerifierKey, ...]) -> list[Signed]:
        """Which of the keys have signed it.

        Raises:
            NoteError: when a signature of one of them does not hold.
        """
        return verify(self.note, keys)

    def require_log(self, keys: tuple[VerifierKey, ...]) -> None:
        """Insist that the log itself has signed: a key under the name of its origin.

        Raises:
            NoteError: if none has, or a signature does not hold.
        """
        if not self.signers(tuple(key for key in keys if key.name == self.checkpoint.origin)):
            raise NoteError(f"not signed by a known key of {self.checkpoint.origin}")


def parse_size(text: str) -> int:
    """A tree size or index in decimal, without leading zeros.

    Raises:
        NoteError: for anything else.
    """
    if not _SIZE.fullmatch(text) or int(text) > MAX_SIZE:
        raise NoteError("not a number of leaves")
    return int(text)


def parse_hash(text: str) -> bytes:
    """A hash in base64.

    Raises:
        NoteError: for anything else.
    """
    raw = unb64(text)
    if len(raw) != HASH_SIZE:
        raise NoteError("not a hash of 32 bytes")
    return raw
