"""Records of a log. Of a private log only what it publishes is read out here; its records are shown by their owners."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from twincity.engines.ledger.log.entries import commit
from twincity.engines.ledger.log.layout import ENTRIES, WIDTH, Tile, width
from twincity.engines.ledger.log.log import Log, Record
from twincity.kernel import jws
from twincity.kernel.merkle import leaf_hash


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: ``at`` in milliseconds since 1970 or None, ``length`` in bytes, hashes in hex."""

    index: int
    kind: str
    """Type of a signed document, the record's own word for what it is, or empty."""
    at: int | None
    length: int
    leaf: str
    published: str
    """What the log shows to the world: the record itself, or the hex of its commitment."""
    private: bool
    bundle: str
    """Path of the published bundle that holds it, below the log's address."""


class _Said(msgspec.Struct):
    """The fields, of those that records of this circle bear, which tell kind and time."""

    kind: str = ""
    at: int = 0
    side: str = ""
    """Only exchanges have one; they leave out their kind."""


_said = msgspec.json.Decoder(_Said)


def entries(log: Log, indexes: Iterable[int]) -> list[Entry]:
    """The records at these places."""
    return [entry(log, index) for index in indexes]


def entry(log: Log, index: int) -> Entry:
    """One record.

    Raises:
        IndexError: when there is none.
    """
    record = log.record(index)
    published = commit(record.salt, record.data) if record.salt else record.data
    kind, at = _told(record)
    number = index // WIDTH
    return Entry(
        index=index,
        kind=kind,
        at=at,
        length=len(record.data),
        leaf=leaf_hash(published).hex(),
        published=published.hex() if record.salt else published.decode("utf-8", "replace"),
        private=bool(record.salt),
        bundle=Tile(ENTRIES, number, width(ENTRIES, number, log.checkpoint().checkpoint.size) or WIDTH).path,
    )


def proof(log: Log, index: int) -> bytes:
    """A proof file (C2SP tlog-proof) under a witnessed checkpoint, or in a circle of one under the latest.

    Raises:
        Problem: ``not-yet-published``.
        IndexError: when there is no such record.
    """
    log.record(index)
    return log.proof(index, witnessed=log.policy.threshold > 0)


def _told(record: Record) -> tuple[str, int | None]:
    if not record.data.startswith(b"{"):
        return _signed(record.data.decode("utf-8", "replace"))
    try:
        said = _said.decode(record.data)
    except msgspec.DecodeError:
        return "", None
    charter = b'"signatures"' in record.data
    return said.kind or (said.side and "exchange") or ("charter" if charter else ""), said.at or None


def _signed(token: str) -> tuple[str, int | None]:
    """Type and time of a signed document; its signature is the directory's business."""
    try:
        typ, payload = jws.header(token).get("typ"), jws.payload(token)
    except jws.JWSError:
        return "", None
    at = payload.get("iat", payload.get("at"))
    return str(typ or ""), at * 1000 if isinstance(at, int) else None
