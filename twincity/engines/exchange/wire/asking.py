"""Calls of the protocol itself: delivering agreement documents, fetching the other side's proofs."""

from __future__ import annotations

import msgspec

from twincity.engines.exchange.evidence.bundle import Proven
from twincity.engines.exchange.wire import consumer
from twincity.engines.exchange.wire.runtime import current

AGREEMENTS = "tc.agreements"
EVIDENCE = "tc.evidence"
PURPOSE = "protocol"


class Document(msgspec.Struct, forbid_unknown_fields=True):
    """A signed agreement document."""

    document: str


async def send_document(path: str, peer: str, document: str) -> None:
    """Send an agreement document to the other side and have it acknowledged.

    Raises:
        Problem: when the peer cannot be reached or refuses it.
    """
    outbound = consumer.Outbound(
        provider=peer,
        service=AGREEMENTS,
        method="POST",
        path=path,
        purpose=PURPOSE,
        body=msgspec.json.encode(Document(document)),
        media_type="application/json",
    )
    result = await consumer.call(current(), outbound)
    if result.status != 200:
        raise consumer.unsigned_refusal(result.status, result.body, peer)


async def fetch_proof(peer: str, message: str) -> Proven:
    """The other side's record of an exchange with this node, and its proof.

    Raises:
        Problem: when the peer cannot be reached or has no such record.
    """
    outbound = consumer.Outbound(
        provider=peer, service=EVIDENCE, method="GET", path=f"/records/{message}", purpose=PURPOSE
    )
    result = await consumer.call(current(), outbound)
    if result.status != 200:
        raise consumer.unsigned_refusal(result.status, result.body, peer)
    return msgspec.json.decode(result.body, type=Proven)
