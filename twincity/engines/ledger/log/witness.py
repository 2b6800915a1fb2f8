"""A witness: cosigns checkpoints of other nodes' logs, each one only as a continuation of the one before.

The rules and status codes are those of c2sp.org/tlog-witness. What was cosigned is on disk before anyone sees the
cosignature, so that no crash makes the witness vouch for two histories.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.evidence import Evidence
from twincity.engines.ledger.log.witness_store import Store
from twincity.engines.ledger.log.witness_wire import SIZE_MEDIA_TYPE, TEXT_MEDIA_TYPE, AddCheckpoint, Answer
from twincity.kernel import clock, merkle
from twincity.kernel.notes import NoteError, Signer, VerifierKey

_logger = logging.getLogger(__name__)


class RefusalError(Exception):
    """The witness does not cosign; ``status`` is the HTTP status, ``answer`` the whole answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status

    @property
    def answer(self) -> Answer:
        """What to tell the client."""
        return Answer(self.status, TEXT_MEDIA_TYPE, f"{self}\n".encode())


class ConflictError(RefusalError):
    """The client starts from another size than the one cosigned last, which it is told."""

    def __init__(self, size: int) -> None:
        super().__init__(409, f"cosigned last at {size}")
        self.size = size

    @property
    def answer(self) -> Answer:
        """What to tell the client."""
        return Answer(self.status, SIZE_MEDIA_TYPE, f"{self.size}\n".encode())


class Witness:
    """Cosigns for the logs it knows. May be called from several threads.

    Args:
        store: remembers what was cosigned.
        signer: holds a cosignature key.
        logs: the keys of the log of an origin; none for an unknown one.
        on_fork: is told when a log shows two roots for one size, both signed by it.
    """

    def __init__(
        self,
        store: Store,
        signer: Signer,
        logs: Callable[[str], Sequence[VerifierKey]],
        on_fork: Callable[[Evidence], None] | None = None,
    ) -> None:
        self._store = store
        self._signer = signer
        self._logs = logs
        self._on_fork = on_fork
        self._lock = Lock()

    def handle(self, body: bytes) -> Answer:
        """Answer the body of an ``add-checkpoint`` request."""
        try:
            line = self.add_checkpoint(AddCheckpoint.parse(body))
        except NoteError as error:
            return RefusalError(400, str(error)).answer
        except RefusalError as refusal:
            return refusal.answer
        return Answer(200, TEXT_MEDIA_TYPE, line.encode())

    def add_checkpoint(self, request: AddCheckpoint) -> str:
        """Check a checkpoint against the last one, remember it, and give the cosignature line.

        Raises:
            ConflictError: 409, when the request starts from another size than the one cosigned last.
            RefusalError: 400 for an old size beyond the new one, 403 without a valid signature of the log, 404 for an
                unknown log, 422 when the proof does not hold.
        """
        signed = self._authenticated(request.signed)
        if request.old_size > signed.checkpoint.size:
            raise RefusalError(400, "the old size is beyond the checkpoint's")
        with self._lock:
            self._require_continuation(self._store.latest(signed.checkpoint.origin), request)
            cosignature = self._signer.signature(signed.note.text, timestamp=clock.unix())
            self._store.save(replace(signed, note=signed.note.signed(cosignature)))
        return cosignature.line

    def _authenticated(self, signed: SignedCheckpoint) -> SignedCheckpoint:
        """The checkpoint with the signatures of its log alone."""
        origin = signed.checkpoint.origin
        keys = tuple(key for key in self._logs(origin) if key.name == origin)
        if not keys:
            raise RefusalError(404, "unknown log")
        try:
            signed.require_log(keys)
        except NoteError as error:
            raise RefusalError(403, str(error)) from error
        known = {(key.name, key.key_id) for key in keys}
        own = tuple(each for each in signed.note.signatures if (each.name, each.key_id) in known)
        return replace(signed, note=replace(signed.note, signatures=own))

    def _require_continuation(self, last: SignedCheckpoint | None, request: AddCheckpoint) -> None:
        new = request.signed.checkpoint
        if last is not None and last.checkpoint.size == new.size and last.checkpoint.root != new.root:
            self._report(last, request.signed)
        size, root = (last.checkpoint.size, last.checkpoint.root) if last else (0, merkle.root([]))
        if request.old_size != size:
            raise ConflictError(size)
        if new.size == 0 and new.root != root:
            raise RefusalError(422, "wrong root of an empty tree")
        try:
            merkle.verify_subtree_consistency(merkle.Subtree(0, size), new.size, root, new.root, request.path)
        except merkle.ProofError as error:
            raise RefusalError(422, str(error)) from error

    def _report(self, last: SignedCheckpoint, offered: SignedCheckpoint) -> None:
        evidence = Evidence(last, offered, offered.checkpoint.root)
        _logger.critical("%s", evidence)
        if self._on_fork:
            self._on_fork(evidence)
