"""The record of an exchange, as each side keeps it in its own ledger.

A record holds both signature bases with their signatures: with the two public keys it proves, to someone who trusts
neither side, who asked what for which purpose and what was answered. Bodies are present by their digests.
"""

from __future__ import annotations

import base64
from typing import Literal

import msgspec

Side = Literal["provider", "consumer"]


class SignedPart(msgspec.Struct, frozen=True):
    """One signed message: its signature base (text), the signature (base64) and the key's name."""

    base: str
    sig: str
    kid: str


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One side's record of one exchange; ``at`` in milliseconds since 1970, sizes in bytes."""

    side: Side
    id: str
    at: int
    peer: str
    service: str
    method: str
    path: str
    purpose: str
    outcome: str
    """``ok``, the code of the problem that was answered, or ``unanswered``."""
    status: int
    req: SignedPart
    res: SignedPart | None = None
    system: str = ""
    case: str = ""
    grant: str = ""
    agreement: str = ""
    policy: str = ""
    stale: bool = False
    size: int = 0
    micros: int = 0
    """Time the exchange took on this side, in microseconds."""
    kind: str = "exchange"
    consent: str = ""
    """Id of the consent the call was made under."""
    subject: str = ""
    """Pseudonym of the person whose data were asked for."""
    fields: tuple[str, ...] = ()
    """The fields of that person that could leave; empty when no consent or grant names any."""


def part(base: bytes, signature: bytes, kid: str) -> SignedPart:
    """A signed message as records keep it."""
    return SignedPart(base.decode(), base64.b64encode(signature).decode(), kid)


def encode(record: Record) -> bytes:
    """Canonical bytes of a record."""
    return _encoder.encode(record)


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Record)


def decode(data: bytes) -> Record:
    """The record in some bytes.

    Raises:
        msgspec.ValidationError: when it is not one.
    """
    return _decoder.decode(data)


class Entry(msgspec.Struct, frozen=True):
    """What the index needs of any record, exchange or other; fields a record lacks keep their defaults."""

    id: str
    at: int
    side: str = ""
    peer: str = ""
    service: str = ""
    method: str = ""
    path: str = ""
    purpose: str = ""
    outcome: str = ""
    system: str = ""
    case: str = ""
    grant: str = ""
    stale: bool = False
    size: int = 0
    micros: int = 0
    consent: str = ""
    subject: str = ""


_entries = msgspec.json.Decoder(Entry)


def read(data: bytes) -> Entry:
    """The indexed fields of a record of any kind."""
    return _entries.decode(data)


def nonce(data: bytes) -> tuple[str, str] | None:
    """Key and nonce of the request in a provider's record, None for any other record."""
    if read(data).side != "provider":
        return None
    request = decode(data).req
    return request.kid, request.base.rpartition(';nonce="')[2].partition('"')[0]
