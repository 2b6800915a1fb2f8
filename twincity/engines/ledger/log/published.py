"""What an open log shows to others: checkpoints, proofs, requests to witnesses."""

from __future__ import annotations

from pathlib import Path

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.errors import LogError
from twincity.engines.ledger.log.policy import Policy
from twincity.engines.ledger.log.proofs import LogProof
from twincity.engines.ledger.log.publisher import Publisher
from twincity.engines.ledger.log.tiles import TileReader, folder
from twincity.engines.ledger.log.witness_wire import AddCheckpoint
from twincity.kernel.problems import Problem, define

NOT_YET_PUBLISHED = define(
    "not-yet-published",
    503,
    zh="第 {index} 条记录尚未进入所需的检查点",
    en="Record {index} is not yet under a checkpoint of the kind asked for",
)


class Published:
    """The published side of a log. Its methods may be called from any thread."""

    def __init__(self, root: Path, publisher: Publisher) -> None:
        self._publisher = publisher
        self._reader = TileReader(folder(root), publisher.size)

    @property
    def policy(self) -> Policy:
        """Which witnesses count; may be replaced as the charter changes."""
        return self._publisher.policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._publisher.policy = policy

    def checkpoint(self) -> SignedCheckpoint:
        """The latest checkpoint, with the cosignatures it has so far."""
        latest = self._publisher.latest
        if latest is None:
            raise LogError("nothing has been published")
        return latest

    def witnessed(self) -> SignedCheckpoint | None:
        """The newest checkpoint that satisfies the policy's witnesses; None as long as there is none."""
        return self._publisher.witnessed

    def add_cosignatures(self, lines: str, size: int | None = None) -> SignedCheckpoint:
        """Add a witness's answer to the checkpoint of that size (the latest one if None), and give it back.

        Raises:
            NoteError: when the lines are malformed, or one by a known witness does not hold.
            LookupError: when that checkpoint is no longer among the recent ones.
        """
        return self._publisher.add_cosignatures(lines, self._publisher.size if size is None else size)

    def witness_request(self, old_size: int) -> AddCheckpoint:
        """The request that asks a witness for its cosignature on the latest checkpoint.

        Args:
            old_size: what the witness has cosigned last; 0 if unknown, then it answers 409 and tells.

        Raises:
            LogError: when the witness has seen more than is there: this log was set back and must not go on.
        """
        signed = self.checkpoint()
        if old_size > signed.checkpoint.size:
            raise LogError(f"a witness has seen {old_size} records, only {signed.checkpoint.size} are there")
        return AddCheckpoint(old_size, tuple(self.consistency(old_size, signed.checkpoint.size)), signed)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Proof that a record is in the published tree of ``size`` (the latest one if None).

        Raises:
            ValueError: for an index or size beyond what is published.
            CorruptLogError: when a tile is damaged.
        """
        size = self._publisher.size if size is None else size
        return self._tree_of(size).inclusion(index, size)

    def consistency(self, size1: int, size2: int | None = None) -> list[bytes]:
        """Proof that the tree of ``size2`` (the latest published one if None) continues that of ``size1``.

        Raises:
            ValueError: for a size beyond what is published.
            CorruptLogError: when a tile is damaged.
        """
        size2 = self._publisher.size if size2 is None else size2
        return self._tree_of(size2).consistency(size1, size2)

    def proof(self, index: int, *, witnessed: bool = False, extra: bytes | None = None) -> bytes:
        """A tlog-proof file for one record: under the newest witnessed checkpoint, else under the latest one.

        Args:
            index: of the record.
            witnessed: insist on a witnessed checkpoint.
            extra: opaque bytes to carry along.

        Raises:
            Problem: NOT_YET_PUBLISHED when no such checkpoint covers the record yet.
        """
        for signed in (self.witnessed(), None if witnessed else self.checkpoint()):
            if signed is not None and index < signed.checkpoint.size:
                path = self.inclusion(index, signed.checkpoint.size)
                return LogProof(index, tuple(path), signed, extra).encode()
        raise Problem(NOT_YET_PUBLISHED, retry_after=1, index=index)

    def _tree_of(self, size: int) -> TileReader:
        published = self._publisher.size
        if size > published:
            raise ValueError(f"{size} records are not published yet, only {published}")
        self._reader.size = published
        return self._reader
