"""A verified copy of another node's log.

Every entry is hashed again, and the tree of our own copy must come to the root the log has signed. So whatever was
verified once can neither change nor vanish unnoticed, and a log that tries convicts itself with its own signatures.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from twincity.engines.ledger.log import disk
from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.errors import CorruptLogError, StaleCheckpointError
from twincity.engines.ledger.log.evidence import Evidence, ForkedLogError
from twincity.engines.ledger.log.layout import WIDTH
from twincity.engines.ledger.log.store import TileStore
from twincity.engines.ledger.log.tiles import Fetch, TileReader, folder
from twincity.engines.ledger.log.tree import TileTree
from twincity.kernel.merkle import ProofError, leaf_hash, verify_consistency
from twincity.kernel.merkle import root as merkle_root
from twincity.kernel.notes import NoteError, VerifierKey


class Mirror:
    """The copy of one log, in one folder, laid out like the log itself. For one thread.

    Args:
        root: folder of the copy; ``evidence.json`` is put there if the log is found to have forked.
        fetch: reads a path below the log's prefix, bounding what it reads; FileNotFoundError when it is not there.
        origin: of the log.
        keys: of the log.
    """

    def __init__(self, root: Path, fetch: Fetch, *, origin: str, keys: Sequence[VerifierKey]) -> None:
        self._root = root.absolute()
        disk.make_folder(str(self._root))
        self._fetch = fetch
        self._origin = origin
        self._keys = tuple(keys)
        self._store = TileStore(self._root)
        self.latest = self._stored()

    @property
    def size(self) -> int:
        """Entries verified so far."""
        return self.latest.checkpoint.size if self.latest else 0

    def reader(self) -> TileReader:
        """The verified copy."""
        return TileReader(folder(self._root), self.size)

    def update(self) -> SignedCheckpoint:
        """Fetch the log's checkpoint and every entry it adds; returns it once all is verified and on disk.

        Raises:
            NoteError: when the checkpoint is malformed or not signed by the log.
            ForkedLogError: when it contradicts what was verified before; the evidence is kept in the folder.
            StaleCheckpointError: when it is older than what was verified before.
            CorruptLogError: when entries are missing or are not those that the log has signed.
        """
        signed = SignedCheckpoint.parse(self._fetch("checkpoint"))
        if signed.checkpoint.origin != self._origin:
            raise NoteError(f"a checkpoint of {signed.checkpoint.origin}, not of {self._origin}")
        signed.require_log(self._keys)
        if self.latest and signed.checkpoint.size <= self.size:
            self._compare(self.latest, signed)
        else:
            self._grow(signed)
        disk.put_durably(f"{self._root}/checkpoint", signed.note.encode())
        self.latest = signed
        return signed

    def _compare(self, last: SignedCheckpoint, signed: SignedCheckpoint) -> None:
        """A checkpoint not larger than the last one must have the root that our copy had at its size."""
        size, reader = signed.checkpoint.size, self.reader()
        if reader.root(size) != signed.checkpoint.root:
            path = tuple(reader.consistency(size, self.size))
            self._convict(Evidence(signed, last, reader.root(size), path))
        if size < self.size:
            raise StaleCheckpointError(f"{self._origin} shows {size} entries, {self.size} were there before")

    def _grow(self, signed: SignedCheckpoint) -> None:
        root = self.latest.checkpoint.root if self.latest else merkle_root([])
        tree = TileTree.load(self.size, root, folder(self._root), self._store.emit)
        remote = TileReader(self._fetch, signed.checkpoint.size)
        for number in range(tree.size // WIDTH, -(-remote.size // WIDTH)):
            entries = remote.entries(number)[tree.size - number * WIDTH :]
            tree.extend(entries, list(map(leaf_hash, entries)))
        snapshot, unsynced = tree.snapshot(), self._store.take()
        if snapshot.root != signed.checkpoint.root:
            self._diagnose(remote, signed)
        self._store.settle(snapshot, unsynced, before=self.size)

    def _diagnose(self, remote: TileReader, signed: SignedCheckpoint) -> None:
        """Our copy with the new entries is not what was signed: has the log forked, or are the entries wrong?"""
        new = signed.checkpoint
        if self.latest and self.size:
            prefix, path = remote.root(self.size), remote.consistency(self.size, new.size)
            try:
                verify_consistency(self.size, new.size, prefix, new.root, path)
            except ProofError as error:
                raise CorruptLogError(f"tiles of {self._origin} are not those of its checkpoint") from error
            if prefix != self.latest.checkpoint.root:
                self._convict(Evidence(self.latest, signed, prefix, tuple(path)))
        raise CorruptLogError(f"entries of {self._origin} are not those of its checkpoint of {new.size}")

    def _convict(self, evidence: Evidence) -> None:
        disk.put_durably(f"{self._root}/evidence.json", evidence.encode())
        raise ForkedLogError(evidence)

    def _stored(self) -> SignedCheckpoint | None:
        try:
            return SignedCheckpoint.parse((self._root / "checkpoint").read_bytes())
        except FileNotFoundError:
            return None
