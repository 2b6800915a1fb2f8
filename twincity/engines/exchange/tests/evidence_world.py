"""Evidence on paper: exchanges between a county and a province, both ledgers, their witnesses, bundles of all that."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from twincity.engines.circle.tests.world import CQ, DJ, NOW, SC, Entry, first, key, keys, statement
from twincity.engines.exchange.agreement import documents as agreements
from twincity.engines.exchange.agreement.terms import Terms
from twincity.engines.exchange.evidence.bundle import FORMAT, Bundle, Proven, Vouching
from twincity.engines.exchange.evidence.verify import verify
from twincity.engines.exchange.wire import records
from twincity.engines.ledger.log.checkpoints import Checkpoint, SignedCheckpoint
from twincity.engines.ledger.log.entries import commit
from twincity.engines.ledger.log.proofs import LogProof
from twincity.kernel import merkle
from twincity.kernel.keys import PrivateKey
from twincity.kernel.locale_text import LocalText
from twincity.kernel.notes import Algorithm, Note, Signer
from twincity.kernel.tc1 import message

AGREEMENT = "0192f0c1-0000-7000-8000-00000000000a"
DOCUMENTS: list[Entry] = [keys(CQ), keys(SC), statement(DJ), keys(DJ)]
"""No more than what the keys of both sides rest on: each of them is needed."""
TERMS = Terms(service="divisions", purpose="planning", reason=LocalText("规划", "planning"), not_after=NOW + 86_400)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@dataclass
class Exchange:
    """One call of Dianjiang at Sichuan; whatever is changed in ``request`` or ``response`` headers is signed."""

    name: str = "message-1"
    place: int = 4
    """Index of the provider's record, which its receipt promises."""
    now: int = NOW + 100
    status: int = 200
    request_body: bytes = b'{"code":"511623"}'
    response_body: bytes = b'{"rows":[{"code":"511623100"}]}'
    path: str = "/units/511623/towns"
    query: str = "?page=2"
    agreement: str = AGREEMENT
    request: dict[str, str] = field(default_factory=lambda: {"tc-system": "gis", "tc-case": "2026/17"})
    response: dict[str, str] = field(default_factory=dict)
    consumer_key: PrivateKey = field(default_factory=lambda: key(f"{DJ}/tc1"))
    provider_key: PrivateKey = field(default_factory=lambda: key(f"{SC}/tc1"))
    nonce: str = ""

    def records(self, **changes: Any) -> dict[str, bytes]:
        """Both sides' records; ``provider_…`` and ``consumer_…`` in ``changes`` replace what one of them says."""
        asked = {
            "content-digest": message.content_digest(self.request_body),
            "content-type": "application/json",
            "tc-message-id": self.name,
            "tc-purpose": "planning.transport",
        } | self.request
        target = f"https://{SC}/tc1/divisions{self.path}{self.query}"
        base, signature = message.sign_request(
            self.consumer_key, method="POST", target=target, headers=asked, now=self.now, nonce=self.nonce or self.name
        )
        req = records.part(base, signature, self.consumer_key.public.kid)
        answered = {
            "content-type": "application/json",
            "content-digest": message.content_digest(self.response_body),
            "tc-receipt": f'"{SC}/exchange";index={self.place}',
        } | self.response
        answered = {name: value for name, value in answered.items() if value}
        base, _ = message.response_base(
            status=self.status, headers=answered, request=asked, now=self.now + 1, key=self.provider_key.public
        )
        res = records.part(base, self.provider_key.sign(base), self.provider_key.public.kid)
        shared = {
            "id": self.name,
            "at": (self.now + 1) * 1000,
            "service": "divisions",
            "method": "POST",
            "path": self.path,
            "purpose": "planning.transport",
            "outcome": "ok",
            "status": self.status,
            "req": req,
            "res": res,
            "system": self.request.get("tc-system", ""),
            "case": self.request.get("tc-case", ""),
        }
        told = {
            "provider": {"side": "provider", "peer": DJ, "grant": f"{AGREEMENT}.1", "agreement": self.agreement},
            "consumer": {"side": "consumer", "peer": SC},
        }
        return {
            side: records.encode(msgspec.convert(msgspec.to_builtins(shared | own | of(side, changes)), records.Record))
            for side, own in told.items()
        }


def of(side: str, changes: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(side + "_"): value for name, value in changes.items() if name.startswith(side + "_")}


class Book:
    """One member's exchange log: records behind salts, checkpoints of any size, proofs."""

    def __init__(self, owner: str, entries: Sequence[bytes], name: str = "exchange") -> None:
        self.owner, self.entries, self.origin = owner, list(entries), f"{owner}/{name}"
        self.salts = [hashlib.sha256(f"{self.origin} {place}".encode()).digest()[:16] for place in range(len(entries))]
        pairs = zip(self.salts, self.entries, strict=True)
        self.leaves = [merkle.leaf_hash(commit(salt, entry)) for salt, entry in pairs]

    def checkpoint(self, witnesses: Sequence[str], size: int = 0, signer: str = "") -> SignedCheckpoint:
        """Signed by the log, unless ``signer`` names another key for it, and cosigned by these anchors."""
        size = size or len(self.leaves)
        text = Checkpoint(self.origin, size, merkle.root(self.leaves[:size])).text
        lines = [Signer.of(self.origin, key(signer or f"{self.owner}/log")).signature(text)]
        for name in witnesses:
            cosigner = Signer.of(f"{name}/witness", key(f"{name}/witness"), Algorithm.COSIGNATURE)
            lines.append(cosigner.signature(text, timestamp=NOW + 200))
        return SignedCheckpoint.parse(Note(text, tuple(lines)).encode())

    def proof(self, place: int, witnesses: Sequence[str], size: int = 0, signer: str = "") -> str:
        tree = merkle.levels(self.leaves[: size or len(self.leaves)])
        signed = self.checkpoint(witnesses, size, signer)
        return LogProof(place, tuple(merkle.path(tree, place)), signed).encode().decode()

    def proven(self, place: int, *witnesses: str, size: int = 0, signer: str = "") -> Proven:
        return Proven(
            self.origin,
            place,
            b64(self.salts[place]),
            b64(self.entries[place]),
            self.proof(place, witnesses, size, signer),
        )


FILLING = [b'{"kind":"agreement","n":%d}' % number for number in range(11)]


def books(exchange: Exchange, **changes: Any) -> tuple[Book, Book]:
    """The consumer's log, with its record at 2, and the provider's, with its own at the promised place."""
    both = exchange.records(**changes)
    theirs = [*FILLING[: exchange.place], both["provider"], *FILLING[exchange.place :]]
    return Book(DJ, [*FILLING[:2], both["consumer"], *FILLING[2:5]]), Book(SC, theirs)


def requested(**changes: Any) -> str:
    plain = {"id": AGREEMENT, "provider": SC, "consumer": DJ, "iat": NOW, "terms": TERMS}
    return agreements.sign(agreements.Request(**(plain | changes)), key(f"{DJ}/tc1"))


def decided(request: str = "", signer: str = f"{SC}/tc1", **changes: Any) -> str:
    plain = {"id": AGREEMENT, "provider": SC, "consumer": DJ, "iat": NOW + 10, "state": "active", "terms": TERMS}
    made = agreements.Decision(**(plain | {"request": request or requested()} | changes))
    return agreements.sign(made, key(signer))


def bundle(exchange: Exchange | None = None, *, bodies: bool = True, records_: Any = None, **changes: Any) -> Bundle:
    """The bundle that proves an exchange; ``records_`` changes what the records say, the rest what is enclosed."""
    made = exchange or Exchange()
    ours, theirs = books(made, **(records_ or {}))
    plain = {
        "format": FORMAT,
        "charter": [first(CQ, SC)],
        "documents": vouching(DOCUMENTS),
        "records": [ours.proven(2, SC), theirs.proven(made.place, CQ)],
        "request": requested(),
        "decision": decided(),
        "request_body": b64(made.request_body) if bodies else None,
        "response_body": b64(made.response_body) if bodies else None,
    }
    return Bundle(**(plain | changes))


def vouching(entries: Sequence[Entry]) -> list[Vouching]:
    return [Vouching(*entry) for entry in entries]


BEGIN = ["charter", "directory", "records", "logged", "logged"]
ALL = [*BEGIN, "same", "request", "response", "bound", "facts", "receipt", "agreement", "bodies"]
"""Names of the checks of a whole bundle, in order."""


def failed(found: Bundle, pinned: str = "") -> list[str]:
    """Names of the checks that do not hold; with "logged" the owner of the log, shortened."""
    report = verify(found, pinned=pinned)
    assert report.holds == (not report.failed())
    return [check.name for check in report.failed()]
