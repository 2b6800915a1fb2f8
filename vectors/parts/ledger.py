"""What a log publishes: commitments, leaves, roots, a signed and cosigned checkpoint, proofs, an entry bundle."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from twincity.engines.ledger.log import entries
from twincity.engines.ledger.log.checkpoints import Checkpoint, SignedCheckpoint
from twincity.engines.ledger.log.proofs import LogProof
from twincity.engines.ledger.log.witness_wire import AddCheckpoint
from twincity.kernel import merkle
from twincity.kernel.notes import Algorithm, Note, Signer
from vectors.parts.documents import IDS, NOW
from vectors.parts.keys import key


@dataclass(frozen=True)
class Book:
    """An exchange log with fixed salts; ``short`` names its owner, ``witness`` the anchor that cosigns."""

    short: str
    witness: str
    records: tuple[bytes, ...]

    @property
    def origin(self) -> str:
        return f"{IDS[self.short]}/exchange"

    def salt(self, index: int) -> bytes:
        """The salt of a record; real ones are random."""
        return hashlib.sha256(f"twincity test salt: {self.origin} {index}".encode()).digest()[: entries.SALT_SIZE]

    def leaves(self) -> list[bytes]:
        """Leaf hashes."""
        return [merkle.leaf_hash(entries.commit(self.salt(at), each)) for at, each in enumerate(self.records)]

    def checkpoint(self, *, cosigned: bool = True, size: int | None = None) -> SignedCheckpoint:
        """Checkpoint of the first ``size`` records, signed by the log and cosigned."""
        leaves = self.leaves()[:size]
        found = Checkpoint(self.origin, len(leaves), merkle.root(leaves))
        log = Signer.of(self.origin, key(f"{self.short}.log"))
        note = Note(found.text).signed(log.signature(found.text))
        if cosigned:
            witness = Signer.of(f"{IDS[self.witness]}/witness", key(f"{self.witness}.witness"), Algorithm.COSIGNATURE)
            note = note.signed(witness.signature(found.text, timestamp=NOW + 5))
        return SignedCheckpoint(found, note)

    def proof(self, index: int) -> str:
        """The tlog-proof of one record."""
        rows = merkle.levels(self.leaves())
        path = merkle.inclusion_proof(index, len(self.records), lambda level, place: rows[level][place])
        return LogProof(index, tuple(path), self.checkpoint()).encode().decode()


def build() -> dict[str, Any]:
    """Contents of ``ledger.json``."""
    book = Book("sc", "cq", tuple(f'{{"n":{number}}}'.encode() for number in range(7)))
    rows = merkle.levels(book.leaves())
    consistency = merkle.consistency_proof(3, 7, lambda level, place: rows[level][place])
    witness = Signer.of(f"{IDS['cq']}/witness", key("cq.witness"), Algorithm.COSIGNATURE)
    return {
        "domain_hex": entries.DOMAIN.hex(),
        "origin": book.origin,
        "log_vkey": Signer.of(book.origin, key("sc.log")).key.vkey,
        "witness_vkey": witness.key.vkey,
        "records": [_record(book, index) for index in range(7)],
        "roots": [merkle.root(book.leaves()[:size]).hex() for size in range(8)],
        "bundle_hex": entries.bundle([entries.commit(book.salt(0), book.records[0]), b"ab"]).hex(),
        "checkpoint": book.checkpoint().note.encode().decode(),
        "proofs": [book.proof(index) for index in (0, 6)],
        "add_checkpoint": AddCheckpoint(3, tuple(consistency), book.checkpoint(cosigned=False)).encode().decode(),
    }


def _record(book: Book, index: int) -> dict[str, str]:
    salt, record = book.salt(index), book.records[index]
    return {
        "salt": salt.hex(),
        "record": record.decode(),
        "commitment": entries.commit(salt, record).hex(),
        "leaf": book.leaves()[index].hex(),
    }
