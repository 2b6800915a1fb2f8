"""Proof that a log has forked, which convinces anyone who knows the log's key."""

from __future__ import annotations

import json
from dataclasses import dataclass

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint, parse_hash
from twincity.engines.ledger.log.errors import LogError
from twincity.kernel.merkle import ProofError, verify_consistency
from twincity.kernel.notes import NoteError, VerifierKey, b64


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two checkpoints signed by one log, the first not larger than the second, that cannot both be true.

    ``path`` proves that the first ``first.size`` leaves of the second tree have the root ``prefix_root``; the log has
    signed another root for them.
    """

    first: SignedCheckpoint
    second: SignedCheckpoint
    prefix_root: bytes
    path: tuple[bytes, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> Evidence:
        """Read evidence from a file. Nothing is verified yet.

        Raises:
            NoteError: when it is malformed.
        """
        try:
            value = json.loads(data)
            first, second = (SignedCheckpoint.parse(value[name].encode()) for name in ("first", "second"))
            return cls(first, second, parse_hash(value["prefix_root"]), tuple(map(parse_hash, value["path"])))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise NoteError(f"not evidence of a fork: {error}") from error

    def encode(self) -> bytes:
        """The evidence as a file (JSON)."""
        notes = {"first": self.first.note.encode().decode(), "second": self.second.note.encode().decode()}
        value = notes | {"prefix_root": b64(self.prefix_root), "path": [b64(part) for part in self.path]}
        return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"

    def verify(self, keys: tuple[VerifierKey, ...]) -> None:
        """Check that it convicts the log of these keys.

        Raises:
            NoteError: when a checkpoint is not signed by the log.
            ProofError: when the two may both be true.
        """
        first, second = self.first.checkpoint, self.second.checkpoint
        self.first.require_log(keys)
        self.second.require_log(keys)
        if first.origin != second.origin or first.root == self.prefix_root:
            raise ProofError("the two checkpoints may both be true")
        verify_consistency(first.size, second.size, self.prefix_root, second.root, self.path)

    def __str__(self) -> str:
        first, second = self.first.checkpoint, self.second.checkpoint
        return (
            f"{first.origin} has signed a tree of {first.size} leaves that its tree of {second.size} does not continue"
        )


class ForkedLogError(LogError):
    """A log has signed two histories."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(str(evidence))
        self.evidence = evidence
