"""Services that belong to the protocol itself and are open to every member: agreements, and proofs of what was recorded.

They use the same signed, recorded calls as everything else; only a grant is not asked for.
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from twincity.engines.exchange import queries, services
from twincity.engines.exchange.wire import consumer, records
from twincity.engines.exchange.wire.registry import Call, Service
from twincity.engines.exchange.wire.runtime import current
from twincity.engines.ledger import facade as ledger
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import NOT_FOUND, Problem

agreements = Service("tc.agreements", LocalText("数字合约", "Agreements"))
evidence = Service("tc.evidence", LocalText("存证", "Evidence"))
PURPOSE = "protocol"


class Document(msgspec.Struct, forbid_unknown_fields=True):
    """A signed agreement document."""

    document: str


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """The id of an exchange."""

    message: str


class Proof(msgspec.Struct):
    """One side's record with all that is needed to check it offline; bytes in base64."""

    origin: str
    index: int
    salt: str
    record: str
    proof: str


@agreements.post("/requests")
def requests(call: Call, given: Document) -> dict[str, Any]:
    """Take in a consumer's request; a steward decides on it later."""
    agreement = services.receive_request(sender=call.member, token=given.document)
    return {"id": agreement.id, "state": agreement.state}


@agreements.post("/decisions")
def decisions(call: Call, given: Document) -> dict[str, Any]:
    """Take in the provider's decision on a request of this node."""
    agreement = services.receive_decision(sender=call.member, token=given.document)
    return {"id": agreement.id, "state": agreement.state}


@evidence.get("/records/{message}")
def record_of(call: Call, given: Message) -> Proof:
    """This side's record of an exchange with the caller, and its proof; nobody gets another's."""
    found = prove(given.message)
    record = records.decode(base64.b64decode(found.record))
    if record.peer != call.member:
        raise Problem(NOT_FOUND, field="message", what=f"exchange {given.message} with {call.member}")
    return found


def prove(message: str, side: str = "") -> Proof:
    """This node's own record of an exchange with its proof.

    Raises:
        Problem: ``not-found``, or ``not-yet-published`` within the second before the next checkpoint.
    """
    services.index_records()
    log = ledger.exchange_log()
    index = queries.record_index(message, side or "provider")
    if index is None and not side:
        index = queries.record_index(message, "consumer")
    if index is None:
        raise Problem(NOT_FOUND, field="message", what=f"exchange {message}")
    found = log.record(index)
    return Proof(
        origin=log.checkpoint().checkpoint.origin,
        index=index,
        salt=base64.b64encode(found.salt).decode(),
        record=base64.b64encode(found.data).decode(),
        proof=log.proof(index, witnessed=True).decode(),
    )


async def send_document(path: str, peer: str, document: str) -> None:
    """Send an agreement document to the other side and have it acknowledged.

    Raises:
        Problem: when the peer cannot be reached or refuses it.
    """
    outbound = consumer.Outbound(
        provider=peer,
        service=agreements.name,
        method="POST",
        path=path,
        purpose=PURPOSE,
        body=msgspec.json.encode(Document(document)),
        media_type="application/json",
    )
    result = await consumer.call(current(), outbound)
    if result.status != 200:
        raise consumer.unsigned_refusal(result.status, result.body, peer)


async def fetch_proof(peer: str, message: str) -> Proof:
    """The other side's record of an exchange with this node, and its proof.

    Raises:
        Problem: when the peer cannot be reached or has no such record.
    """
    outbound = consumer.Outbound(
        provider=peer, service=evidence.name, method="GET", path=f"/records/{message}", purpose=PURPOSE
    )
    result = await consumer.call(current(), outbound)
    if result.status != 200:
        raise consumer.unsigned_refusal(result.status, result.body, peer)
    return msgspec.json.decode(result.body, type=Proof)
