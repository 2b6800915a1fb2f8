"""Recomputing a log from its files while it is open: all of it, or of a large one its latest part.

The newest witnessed checkpoint is what is verified, with the policy of the circle; before there is one, the latest with
the log's own signature. Records behind it are counted, not judged.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import msgspec

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.entries import commit
from twincity.engines.ledger.log.errors import CorruptLogError, LogError
from twincity.engines.ledger.log.layout import WIDTH
from twincity.engines.ledger.log.log import Log
from twincity.engines.ledger.log.policy import Policy
from twincity.engines.ledger.log.tiles import Fetch, TileReader, folder
from twincity.engines.ledger.queries.standing import vouched_by
from twincity.engines.ledger.verifier.files import journal_entries, tile_paths
from twincity.engines.ledger.verifier.logs import verify_log
from twincity.kernel import clock
from twincity.kernel.merkle import ProofError, leaf_hash, verify_inclusion

WHOLE = 262_144
"""Records up to which the whole log is verified: about a second of work."""
TILES = 64
"""Bundles of 256 records, from the end, that are verified of a larger log."""
ATTEMPTS = 3
"""A partial tile may be replaced by the full one while it is being read."""


class Verdict(msgspec.Struct, frozen=True):
    """What was verified and what came of it; ``at`` in milliseconds since 1970, ``seconds`` of work."""

    at: int
    size: int
    """Records under the checkpoint."""
    first: int
    """Index of the first record that was recomputed; 0 when all were."""
    beyond: int
    """Records that came after the checkpoint."""
    root: str
    vouched: tuple[str, ...]
    """Witnesses whose cosignatures hold."""
    fault: str
    """What differs, in the verifier's words; empty when all holds."""
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether everything was as signed."""
        return not self.fault


def verify(log: Log, root: Path, *, whole: int = WHOLE, tiles: int = TILES) -> Verdict:
    """Verify an open log, given the folder of its files. Never raises for what it finds there."""
    started, at = time.perf_counter(), clock.millis()
    witnessed = log.witnessed()
    signed = witnessed or log.checkpoint()
    policy = log.policy if witnessed else Policy(log.policy.logs)
    size = signed.checkpoint.size
    first = 0 if size <= whole else max(0, (-(-size // WIDTH) - tiles) * WIDTH)
    fault = _fault(lambda: _tail(log, root, signed, policy, first) if first else _all(root, signed, policy))
    return Verdict(
        at=at,
        size=size,
        first=first,
        beyond=max(0, log.size - size),
        root=signed.checkpoint.root.hex(),
        vouched=tuple(each.member for each in vouched_by(signed, policy)),
        fault=fault,
        seconds=round(time.perf_counter() - started, 3),
    )


def _fault(check: Callable[[], None]) -> str:
    for attempt in range(ATTEMPTS):
        try:
            check()
        except FileNotFoundError as error:
            if attempt + 1 == ATTEMPTS:
                return f"missing: {error.filename}"
        except (LogError, ValueError, OSError) as error:
            return str(error) or type(error).__name__
        else:
            return ""
    return ""


def _all(root: Path, signed: SignedCheckpoint, policy: Policy) -> None:
    published = journal_entries(root)
    verify_log(_under(root, signed), tile_paths(root), policy, published)


def _under(root: Path, signed: SignedCheckpoint) -> Fetch:
    """The log's files as they stand under one checkpoint, whichever was published last."""
    files = folder(root)
    return lambda path: signed.note.encode() if path == "checkpoint" else files(path)


def _tail(log: Log, root: Path, signed: SignedCheckpoint, policy: Policy, first: int) -> None:
    """Journal, bundles and tiles from ``first`` on, and the way of each tile up to the root that was signed."""
    policy.check(signed)
    checkpoint = signed.checkpoint
    reader = TileReader(folder(root), checkpoint.size)
    if reader.root(checkpoint.size) != checkpoint.root:
        raise CorruptLogError("the tiles do not lead to the root that was signed")
    records = log.records(first)
    for number in range(first // WIDTH, -(-checkpoint.size // WIDTH)):
        found = reader.entries(number)
        kept = [commit(each.salt, each.data) if each.salt else each.data for each in islice(records, len(found))]
        if kept != found:
            raise CorruptLogError(f"the journal differs from bundle {number}")
        _lead_up(reader, number * WIDTH, list(map(leaf_hash, found)), checkpoint.root)


def _lead_up(reader: TileReader, start: int, leaves: list[bytes], root: bytes) -> None:
    if any(reader.node(0, start + place) != leaf for place, leaf in enumerate(leaves)):
        raise CorruptLogError(f"the tile of records from {start} on differs from their bundle")
    path = reader.inclusion(start, reader.size)
    try:
        verify_inclusion(leaves[0], start, reader.size, path, root)
    except ProofError as error:
        raise CorruptLogError(f"records from {start} on do not lead to the root that was signed") from error
