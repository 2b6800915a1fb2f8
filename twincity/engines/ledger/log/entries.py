"""What a log publishes of each record, and how published entries are bundled.

A public log publishes its records. A private log publishes SHA-256(domain ‖ salt ‖ record): whoever holds a record and
its salt can prove that it was logged, and nobody can guess a record from what is published.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from twincity.engines.ledger.log.errors import CorruptLogError

MAX_ENTRY = 65_535
"""Longest entry of a bundle in bytes; its length is written in 16 bits."""
MAX_PRIVATE = 1 << 20
"""Longest record of a private log in bytes."""
DOMAIN = b"tc1 commitment\n"
SALT_SIZE = 16


class Sealed(NamedTuple):
    """Records made ready for the log, side by side: journal payloads, published entries, salts."""

    payloads: Sequence[bytes]
    entries: Sequence[bytes]
    salts: Sequence[bytes]


def commit(salt: bytes, record: bytes) -> bytes:
    """The 32-byte entry that a private log publishes for a record."""
    return sha256(DOMAIN + salt + record).digest()


class Public:
    """Records are entries."""

    name = "public"
    limit = MAX_ENTRY

    def seal(self, records: Sequence[bytes]) -> Sealed:
        """Make records ready for the log."""
        return Sealed(records, records, [b""] * len(records))

    def entry(self, payload: bytes) -> bytes:
        """The entry of a journal payload."""
        return payload

    def unseal(self, payload: bytes) -> tuple[bytes, bytes]:
        """Salt (none) and record of a journal payload."""
        return b"", payload


class Private:
    """Records stay here, behind their salts; entries are commitments."""

    name = "private"
    limit = MAX_PRIVATE

    def seal(self, records: Sequence[bytes]) -> Sealed:
        """Make records ready for the log, each with a fresh random salt."""
        drawn = os.urandom(SALT_SIZE * len(records))
        salts = [drawn[at : at + SALT_SIZE] for at in range(0, len(drawn), SALT_SIZE)]
        payloads = [salt + record for salt, record in zip(salts, records, strict=True)]
        return Sealed(payloads, [sha256(DOMAIN + payload).digest() for payload in payloads], salts)

    def entry(self, payload: bytes) -> bytes:
        """The entry of a journal payload."""
        return sha256(DOMAIN + payload).digest()

    def unseal(self, payload: bytes) -> tuple[bytes, bytes]:
        """Salt and record of a journal payload."""
        return payload[:SALT_SIZE], payload[SALT_SIZE:]


Kind = Public | Private


def bundle(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry behind its length in 16 bits (c2sp.org/tlog-tiles)."""
    return b"".join([part for entry in entries for part in (len(entry).to_bytes(2, "big"), entry)])


def unbundle(data: bytes, count: int) -> list[bytes]:
    """The entries of a bundle.

    Raises:
        CorruptLogError: unless it holds exactly ``count`` entries.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < count:
        length = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(data) or len(entries) != count:
        raise CorruptLogError(f"not a bundle of {count} entries")
    return entries
