"""A whole evidence bundle, and changes to it, each with the checks that must then fail."""

from __future__ import annotations

import base64
import copy
from typing import Any

import orjson

from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.evidence.bundle import Bundle, Proven, Vouching
from twincity.engines.exchange.evidence.verify import charter_digest
from twincity.engines.exchange.wire import records
from vectors.parts import agreements
from vectors.parts.charters import BOTH
from vectors.parts.documents import CQ, DJ, NOW, SC, charter, key_statement, revocation, statement
from vectors.parts.ledger import Book
from vectors.parts.requests import MESSAGE, TARGET, request
from vectors.parts.responses import BODY, response

_OTHER = b'{"kind":"agreement"}'
_CHECKS = "charter directory records logged logged same request response bound facts receipt agreement bodies"
_BESIDE_RECORDS = "records same request response bound facts receipt agreement bodies"


def build() -> dict[str, Any]:
    """Contents of ``evidence.json``: the bundle, and changes to it with the checks that each breaks."""
    whole = orjson.loads(bundles.write(bundle()))
    return {
        "pinned": charter_digest(whole["charter"]),
        "bundle": whole,
        "checks": _CHECKS.split(),
        "changes": [
            {"name": name, "path": path, "value": value, "fails": fails.split()}
            for name, path, value, fails in _changes(whole)
        ],
    }


def bundle() -> Bundle:
    """The bundle of one exchange between Dianjiang and Sichuan."""
    provider, consumer = _records()
    theirs = Book("sc", "cq", (_OTHER, _OTHER, _OTHER, provider, _OTHER))
    ours = Book("dj", "sc", (_OTHER, consumer))
    documents = [(CQ, key_statement("cq")), (SC, key_statement("sc")), (CQ, statement()), (CQ, key_statement("dj"))]
    return Bundle(
        format=bundles.FORMAT,
        charter=[charter(BOTH)],
        documents=[Vouching(owner, token) for owner, token in documents],
        records=[_proven(ours, 1), _proven(theirs, 3)],
        request=agreements.asked(),
        decision=agreements.decided(),
        response_body=base64.b64encode(BODY).decode(),
    )


def changed(whole: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The bundle with the value at a JSON pointer (RFC 6901) replaced."""
    copied = copy.deepcopy(whole)
    place: Any = copied
    *steps, last = path.removeprefix("/").split("/")
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = value
    return copied


def _records() -> tuple[bytes, bytes]:
    sent = request(headers={"tc-system": "gis"})
    answer = response(sent)
    shared: dict[str, Any] = {
        "id": MESSAGE,
        "service": "divisions",
        "method": "GET",
        "path": TARGET.partition("/tc1/divisions")[2],
        "purpose": "planning.mingyueshan",
        "outcome": "ok",
        "status": 200,
        "req": _part(sent),
        "res": _part(answer),
        "system": "gis",
        "size": len(BODY),
    }
    grant: dict[str, Any] = {"grant": f"{agreements.ID}.1", "agreement": agreements.ID, "policy": "0123456789abcdef"}
    provider = records.Record(side="provider", at=NOW * 1000 + 900, peer=DJ, micros=700, **shared, **grant)
    consumer = records.Record(side="consumer", at=NOW * 1000 + 1200, peer=SC, micros=1500, **shared)
    return records.encode(provider), records.encode(consumer)


def _part(sent: dict[str, Any]) -> records.SignedPart:
    kid = sent["headers"]["signature-input"].partition('keyid="')[2].partition('"')[0]
    return records.part(sent["base"].encode(), bytes.fromhex(sent["signature_hex"]), kid)


def _proven(book: Book, index: int) -> Proven:
    return Proven(
        origin=book.origin,
        index=index,
        salt=base64.b64encode(book.salt(index)).decode(),
        record=base64.b64encode(book.records[index]).decode(),
        proof=book.proof(index),
    )


def _changes(whole: dict[str, Any]) -> list[tuple[str, str, Any, str]]:
    theirs, documents = whole["records"][1], whole["documents"]
    record = base64.b64decode(theirs["record"])
    flipped = base64.b64encode(record.replace(b"511623", b"511724", 1)).decode()
    unwitnessed = "".join(line for line in theirs["proof"].splitlines(keepends=True) if "/witness " not in line)
    before, after = (revocation("sc.tc1", "sc.root", iss=SC, index=index) for index in (3, 4))
    shuffled = [documents[2], documents[0], documents[1], documents[3]]
    half = "charter directory logged logged request response agreement"
    return [
        ("one digit of the provider's record", "/records/1/record", flipped, "logged facts"),
        ("another salt", "/records/1/salt", whole["records"][0]["salt"], "logged"),
        ("another index", "/records/1/index", 4, "logged receipt"),
        ("no cosignature of another province", "/records/1/proof", unwitnessed, "logged"),
        ("the provider's record twice", "/records/0", theirs, _BESIDE_RECORDS),
        ("another decision", "/decision", agreements.decided("refused", service="persons"), "agreement"),
        ("another body", "/response_body", base64.b64encode(b"{}").decode(), "bodies"),
        ("charter signed by one of two", "/charter/0", charter(["cq.root"]), half),
        ("documents out of order", "/documents", shuffled, "directory logged request response agreement"),
        ("key revoked from this record on", "/documents", [*documents, {"owner": SC, "token": before}], "response"),
        ("key revoked after this record", "/documents", [*documents, {"owner": SC, "token": after}], ""),
    ]
