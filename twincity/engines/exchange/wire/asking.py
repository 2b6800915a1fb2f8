"""Calls of the protocol itself: delivering agreement documents, fetching the other side's proofs."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from twincity.engines.exchange.evidence.bundle import Proven
from twincity.engines.exchange.wire import consumer, offering
from twincity.engines.exchange.wire.runtime import current
from twincity.kernel.problems import NOT_FOUND, Problem

AGREEMENTS = "tc.agreements"
EVIDENCE = "tc.evidence"
SERVICES = "tc.services"
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


async def fetch_methods(peer: str, system: str, purpose: str) -> list[offering.Offered]:
    """What another member offers, and what of it that member's grants allow a system of this node.

    Raises:
        Problem: when the peer cannot be reached or refuses.
    """
    body = await _ask_services(peer, "/methods", system, urlencode({"purpose": purpose}) if purpose else "")
    return msgspec.json.decode(body, type=offering.Listing).services


async def fetch_openapi(peer: str, service: str) -> dict[str, Any]:
    """The OpenAPI document of one service of another member.

    Raises:
        Problem: ``not-found``, or when the peer cannot be reached.
    """
    found: dict[str, Any] = msgspec.json.decode(await _ask_services(peer, f"/openapi/{quote(service, safe='')}"))
    return found


async def _ask_services(peer: str, path: str, system: str = "", query: str = "") -> bytes:
    outbound = consumer.Outbound(
        provider=peer, service=SERVICES, method="GET", path=path, purpose=PURPOSE, query=query, system=system
    )
    result = await consumer.call(current(), outbound)
    if result.status == 404:
        raise Problem(NOT_FOUND, field="service", what=path.rpartition("/")[2])
    if result.status != 200:
        raise consumer.unsigned_refusal(result.status, result.body, peer)
    return result.body
