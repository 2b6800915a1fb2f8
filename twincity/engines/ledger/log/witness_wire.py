"""Bodies of the witness protocol's ``add-checkpoint`` call (c2sp.org/tlog-witness), for either side of it."""

from __future__ import annotations

from dataclasses import dataclass

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint, parse_hash, parse_size
from twincity.kernel.notes import MAX_NOTE, NoteError, b64

SIZE_MEDIA_TYPE = "text/x.tlog.size"
TEXT_MEDIA_TYPE = "text/plain; charset=utf-8"
MAX_PATH = 63
MAX_REQUEST = MAX_NOTE + 64 * 45
"""Longest accepted request body in bytes."""


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """Please cosign this checkpoint; ``path`` shows that it continues the tree of ``old_size`` you cosigned last."""

    old_size: int
    path: tuple[bytes, ...]
    signed: SignedCheckpoint

    @classmethod
    def parse(cls, body: bytes) -> AddCheckpoint:
        """Read a request body.

        Raises:
            NoteError: when it is malformed.
        """
        head, empty, note = body.partition(b"\n\n")
        if len(body) > MAX_REQUEST or not empty:
            raise NoteError("not an add-checkpoint request")
        try:
            old, *path = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise NoteError("not an add-checkpoint request") from error
        if not old.startswith("old ") or len(path) > MAX_PATH:
            raise NoteError("no old size, or too long a proof")
        return cls(parse_size(old[4:]), tuple(map(parse_hash, path)), SignedCheckpoint.parse(note))

    def encode(self) -> bytes:
        """The request body."""
        lines = [f"old {self.old_size}", *map(b64, self.path)]
        return "\n".join(lines).encode() + b"\n\n" + self.signed.note.encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: 200 with cosignature lines, 409 with the size last cosigned, or a refusal with its reason."""

    status: int
    media_type: str
    body: bytes


def parse_conflict(body: bytes) -> int:
    """The size in a 409 answer.

    Raises:
        NoteError: when there is none.
    """
    text, newline, rest = body.decode("ascii", "replace").partition("\n")
    if not newline or rest:
        raise NoteError("no size in the witness's answer")
    return parse_size(text)
