"""Verifies a whole log: everything is computed again from its entries, and nothing may be left over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from twincity.engines.ledger.log.checkpoints import SignedCheckpoint
from twincity.engines.ledger.log.errors import CorruptLogError
from twincity.engines.ledger.log.layout import ENTRIES, WIDTH, Tile, width
from twincity.engines.ledger.log.policy import Cosigner, Policy
from twincity.engines.ledger.log.tiles import Fetch, TileReader
from twincity.engines.ledger.log.tree import TileTree
from twincity.kernel.merkle import HASH_SIZE, leaf_hash


@dataclass(frozen=True, slots=True)
class Report:
    """What was verified: all entries under this checkpoint, which these witnesses vouch for.

    ``beyond`` counts files of entries that the checkpoint does not cover yet; nothing is known about those.
    """

    signed: SignedCheckpoint
    cosigners: list[Cosigner]
    beyond: int


def verify_log(fetch: Fetch, paths: Iterable[str], policy: Policy, published: Iterable[bytes] | None = None) -> Report:
    """Verify a log from its files.

    Args:
        fetch: reads a path below the log's prefix.
        paths: every file below ``tile/``, each of which must be right.
        policy: which keys and witnesses to believe.
        published: entries the log must have published, in order, as its journal tells; None when there is no journal.

    Raises:
        NoteError: when the checkpoint is malformed.
        PolicyError: when it may not be believed.
        CorruptLogError: when anything differs from what it commits to; the message names it.
    """
    signed = SignedCheckpoint.parse(fetch("checkpoint"))
    cosigners = policy.check(signed)
    reader = TileReader(fetch, signed.checkpoint.size)
    tree = TileTree(lambda tile, data: _require(fetch, tile, data))
    kept = iter(published) if published is not None else None
    for number in range(-(-reader.size // WIDTH)):
        entries = reader.entries(number)
        if kept is not None and list(islice(kept, len(entries))) != entries:
            raise CorruptLogError(f"the journal differs from {Tile(ENTRIES, number).path}")
        tree.extend(entries, list(map(leaf_hash, entries)))
    if tree.root() != signed.checkpoint.root:
        raise CorruptLogError("the entries do not lead to the root that was signed")
    for tile, data in tree.snapshot().partial:
        _require(fetch, tile, data)
    return Report(signed, cosigners, sum(_left_over(fetch, paths, reader.size)))


def _require(fetch: Fetch, tile: Tile, data: bytes) -> None:
    """A tile must have this content, or have been replaced by a full one that begins with it."""
    for path in (tile.path, tile.full_path):
        try:
            found = fetch(path)
        except FileNotFoundError:
            continue
        if found != data and not (path != tile.path and found.startswith(data)):
            raise CorruptLogError(f"{path} differs from what was signed")
        return
    raise CorruptLogError(f"{tile.path} is missing")


def _left_over(fetch: Fetch, paths: Iterable[str], size: int) -> Iterator[bool]:
    """Check files that the tree of ``size`` does not need; whether each holds more than that tree."""
    for path in paths:
        tile = Tile.parse(path)
        if tile is None:
            raise CorruptLogError(f"{path} is no part of a log")
        covered = width(tile.level, tile.number, size)
        if tile.width != covered > 0:
            _check_sibling(fetch, tile, tile._replace(width=covered))
        yield tile.width > covered


def _check_sibling(fetch: Fetch, tile: Tile, verified: Tile) -> None:
    """A tile of another checkpoint must be a beginning of the verified one, or begin with it."""
    data, known = fetch(tile.path), _content(fetch, verified)
    short, long = sorted((data, known), key=len)
    if not long.startswith(short) or _width(data, tile.level) != tile.width:
        raise CorruptLogError(f"{tile.path} differs from {verified.path}")


def _content(fetch: Fetch, tile: Tile) -> bytes:
    try:
        return fetch(tile.path)
    except FileNotFoundError:
        return fetch(tile.full_path)


def _width(data: bytes, level: int) -> int:
    if level != ENTRIES:
        return len(data) // HASH_SIZE
    at = entries = 0
    while at < len(data):
        at += 2 + int.from_bytes(data[at : at + 2], "big")
        entries += 1
    return entries if at == len(data) else -1
