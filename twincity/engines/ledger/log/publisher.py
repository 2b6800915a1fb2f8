"""Publishing checkpoints, in the one safe order: entries durable, tiles durable, then the checkpoint.

What has been signed is kept apart from what has been witnessed: a fresh checkpoint waits for its cosignatures, while
the newest one that satisfies the policy is what proofs are made from.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from twincity.engines.ledger.log import disk
from twincity.engines.ledger.log.checkpoints import Checkpoint, SignedCheckpoint
from twincity.engines.ledger.log.errors import CorruptLogError, LogError
from twincity.engines.ledger.log.policy import Policy, PolicyError
from twincity.engines.ledger.log.store import TileStore
from twincity.engines.ledger.log.tree import Snapshot
from twincity.kernel.notes import Note, NoteError, Signer, parse_signatures

_REMEMBERED = 64


class Publisher:
    """The checkpoints of one log, on disk as ``checkpoint`` and ``checkpoint.witnessed``."""

    def __init__(self, root: Path, store: TileStore, origin: str, signer: Signer, policy: Policy) -> None:
        if signer.key.name != origin:
            raise LogError(f"checkpoints of {origin} cannot be signed as {signer.key.name}")
        self.policy = policy
        self._root = root
        self._store = store
        self.origin = origin
        self._signer = signer
        self._lock = Lock()
        # Witnesses answer late: their cosignatures may belong to one of the last few checkpoints.
        self._recent: OrderedDict[int, SignedCheckpoint] = OrderedDict()
        self.latest = self._read("checkpoint")
        self.witnessed = self._read("checkpoint.witnessed")
        for kept in (self.witnessed, self.latest):
            if kept is not None:
                self._recent[kept.checkpoint.size] = kept

    @property
    def size(self) -> int:
        """Size of the latest checkpoint."""
        return self.latest.checkpoint.size if self.latest else 0

    def due(self, size: int) -> bool:
        """Whether a tree of this size calls for a new checkpoint: it has grown, or nothing is signed with this key."""
        latest = self.latest
        if latest is None or latest.checkpoint.size != size:
            return True
        key = self._signer.key
        return all((each.name, each.key_id) != (key.name, key.key_id) for each in latest.note.signatures)

    def publish(self, tree: Snapshot, unsynced: disk.Unsynced) -> SignedCheckpoint:
        """Make a tree's tiles durable, then sign and store its checkpoint.

        Args:
            tree: at least as large as the latest checkpoint.
            unsynced: the full tiles completed since then.

        Raises:
            CorruptLogError: when the tree contradicts the latest checkpoint.
            OSError: when something could not be made durable; the log must then be opened anew.
        """
        latest = self.latest
        if tree.size < self.size:
            raise CorruptLogError(f"{self.origin}: {self.size} leaves were signed, {tree.size} are there")
        if latest and tree.size == self.size and tree.root != latest.checkpoint.root:
            raise CorruptLogError(f"{self.origin}: another root was signed for {tree.size} leaves")
        self._store.settle(tree, unsynced, before=self.size)
        with self._lock:
            signed = self._sign(Checkpoint(self.origin, tree.size, tree.root))
            self._keep(signed)
        return signed

    def add_cosignatures(self, lines: str, size: int) -> SignedCheckpoint:
        """Add witnesses' cosignatures to the checkpoint of that size; those of unknown keys are passed over.

        Raises:
            NoteError: when the lines are malformed, or one by a known witness does not hold.
            LookupError: when the checkpoint is no longer, or not yet, among the recent ones.
        """
        known = {(witness.key.name, witness.key.key_id): witness.key for witness in self.policy.witnesses}
        found = [each for each in parse_signatures(lines) if (each.name, each.key_id) in known]
        with self._lock:
            checkpoint, note = self._recent[size].checkpoint, self._recent[size].note
            for signature in found:
                known[signature.name, signature.key_id].check(note.text, signature)
            self._keep(SignedCheckpoint(checkpoint, note.signed(*found)))
            return self._recent[size]

    def _sign(self, checkpoint: Checkpoint) -> SignedCheckpoint:
        # The same text signed again, after a change of keys, keeps the cosignatures it has.
        latest = self.latest
        note = latest.note if latest and latest.checkpoint == checkpoint else Note(checkpoint.text)
        return SignedCheckpoint(checkpoint, note.signed(self._signer.signature(checkpoint.text)))

    def _keep(self, signed: SignedCheckpoint) -> None:
        size = signed.checkpoint.size
        self._recent[size] = signed
        if len(self._recent) > _REMEMBERED:
            self._recent.popitem(last=False)
        if size >= self.size:
            self._write("checkpoint", signed)
            self.latest = signed
        if self._satisfies(signed) and (self.witnessed is None or size >= self.witnessed.checkpoint.size):
            self._write("checkpoint.witnessed", signed)
            self.witnessed = signed

    def _satisfies(self, signed: SignedCheckpoint) -> bool:
        if not self.policy.threshold:
            return False
        try:
            self.policy.check(signed)
        except PolicyError:
            return False
        return True

    def _write(self, name: str, signed: SignedCheckpoint) -> None:
        disk.put_durably(str(self._root / name), signed.note.encode())

    def _read(self, name: str) -> SignedCheckpoint | None:
        try:
            signed = SignedCheckpoint.parse((self._root / name).read_bytes())
        except FileNotFoundError:
            return None
        except NoteError as error:
            raise CorruptLogError(f"{self._root / name}: {error}") from error
        if signed.checkpoint.origin != self.origin:
            raise CorruptLogError(f"{self._root} is the log {signed.checkpoint.origin}, not {self.origin}")
        return signed
