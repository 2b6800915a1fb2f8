"""Proof files: a record's place in a log, checkable offline (c2sp.org/tlog-proof)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint, parse_hash, parse_size
from twincity.engines.ledger.log.entries import commit
from twincity.engines.ledger.log.policy import Cosigner, Policy
from twincity.kernel.merkle import leaf_hash, verify_inclusion
from twincity.kernel.notes import NoteError, b64, unb64

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
MAX_SIZE = 262_144
"""Longest accepted proof file in bytes."""


class Proven(NamedTuple):
    """What a proof has shown: the entry has this place in the tree of this checkpoint, vouched for by these."""

    place: int
    signed: SignedCheckpoint
    cosigners: list[Cosigner]


@dataclass(frozen=True, slots=True)
class LogProof:
    """The entry at ``index`` is in the tree of a checkpoint; ``path`` leads there from its leaf hash.

    ``extra`` is carried along and proves nothing.
    """

    index: int
    path: tuple[bytes, ...]
    signed: SignedCheckpoint
    extra: bytes | None = None

    @classmethod
    def parse(cls, data: bytes) -> LogProof:
        """Read a proof file. Nothing is verified yet.

        Raises:
            NoteError: when it is malformed.
        """
        head, empty, note = data.partition(b"\n\n")
        if len(data) > MAX_SIZE or not empty:
            raise NoteError("not a proof file")
        try:
            header, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise NoteError("not a proof file") from error
        extra = unb64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
        if header != HEADER or not lines or not lines[0].startswith("index "):
            raise NoteError("not a proof file of this version")
        index = parse_size(lines[0][6:])
        return cls(index, tuple(map(parse_hash, lines[1:])), SignedCheckpoint.parse(note), extra)

    def encode(self) -> bytes:
        """The proof as a file."""
        extra = [] if self.extra is None else [f"extra {b64(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(b64, self.path)]
        return "\n".join(lines).encode() + b"\n\n" + self.signed.note.encode()

    def verify(self, leaf: bytes, policy: Policy) -> Proven:
        """Check everything for an entry's leaf hash.

        Raises:
            PolicyError: when the checkpoint may not be believed.
            ProofError: when the entry is not shown to be in it.
        """
        cosigners = policy.check(self.signed)
        checkpoint = self.signed.checkpoint
        verify_inclusion(leaf, self.index, checkpoint.size, self.path, checkpoint.root)
        return Proven(self.index, self.signed, cosigners)

    def verify_public(self, record: bytes, policy: Policy) -> Proven:
        """Check everything for a record of a public log.

        Raises:
            PolicyError, ProofError: as :meth:`verify`.
        """
        return self.verify(leaf_hash(record), policy)

    def verify_private(self, salt: bytes, record: bytes, policy: Policy) -> Proven:
        """Check everything for a record of a private log and its salt.

        Raises:
            PolicyError, ProofError: as :meth:`verify`.
        """
        return self.verify(leaf_hash(commit(salt, record)), policy)
