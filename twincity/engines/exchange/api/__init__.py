"""Machine doors of the exchange: signed calls of other nodes, calls of own systems, and the protocol's own services.

The services of the protocol use the same signed, recorded calls as all others; only a grant is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from twincity.engines.exchange import queries, services
from twincity.engines.exchange.api.delivery import enqueue
from twincity.engines.exchange.evidence.bundle import Proven
from twincity.engines.exchange.services import negotiating
from twincity.engines.exchange.wire import offering
from twincity.engines.exchange.wire.asking import AGREEMENTS, EVIDENCE, SERVICES, Document
from twincity.engines.exchange.wire.describing import OPTIONS, PURPOSE, describe_endpoint
from twincity.engines.exchange.wire.local import Local
from twincity.engines.exchange.wire.provider import Provider
from twincity.engines.exchange.wire.registry import Call, Service
from twincity.engines.exchange.wire.registry import services as registered
from twincity.engines.exchange.wire.runtime import Runtime, current, running
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.locale_text import LocalText
from twincity.kernel.openapi import Described, source
from twincity.kernel.problems import UNAVAILABLE, Problem

agreements = Service(AGREEMENTS, LocalText("数字合约", "Agreements"))
evidence = Service(EVIDENCE, LocalText("存证", "Evidence"))
offered = Service(SERVICES, LocalText("服务目录", "Services"))


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """The id of an exchange."""

    message: str


class Purposed(msgspec.Struct, forbid_unknown_fields=True):
    """For which purpose; empty for any."""

    purpose: str = ""


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """The name of a service."""

    service: str


def _runtime() -> Runtime:
    if not running():
        raise Problem(UNAVAILABLE, reason="this node has not joined a circle")
    return current()


@door("/tc1/", "Signed calls of other members: `/tc1/SERVICE/PATH` (FEDERATION.md)")
async def tc1(scope: Scope, receive: Receive, send: Send) -> None:
    """The provider's side."""
    await Provider(_runtime())(scope, receive, send)


@door("/call/", "Calls of this member's own systems: `/call/PROVIDER/SERVICE/PATH` with a bearer token")
async def local(scope: Scope, receive: Receive, send: Send) -> None:
    """The consumer's side."""
    await Local(_runtime(), enqueue)(scope, receive, send)


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


@agreements.post("/offers")
def offers(call: Call, given: Document) -> dict[str, Any]:
    """Take in a provider's offer of other terms than this node has asked for."""
    agreement = negotiating.receive_offer(sender=call.member, token=given.document)
    return {"id": agreement.id, "state": agreement.state}


@agreements.post("/answers")
def answers(call: Call, given: Document) -> dict[str, Any]:
    """Take in a consumer's answer to an offer of this node."""
    agreement = negotiating.receive_answer(sender=call.member, token=given.document)
    return {"id": agreement.id, "state": agreement.state}


@agreements.post("/withdrawals")
def withdrawals(call: Call, given: Document) -> dict[str, Any]:
    """Take in a consumer's word that it wants no more."""
    agreement = negotiating.receive_withdrawal(sender=call.member, token=given.document)
    return {"id": agreement.id, "state": agreement.state}


@evidence.get("/records/{message}")
def record_of(call: Call, given: Message) -> Proven:
    """This side's record of an exchange with the caller, and its proof; nobody gets another's."""
    return services.prove(given.message, asked_by=call.member)


@offered.get("/methods")
def methods(call: Call, given: Purposed) -> offering.Listing:
    """This node's services and endpoints, and what of each endpoint's paths the caller's grants allow."""
    asked = queries.facts(
        member=call.member, service="", path="/", purpose=given.purpose, system=call.system, at=call.at
    )
    return offering.Listing(offering.listing(current().grants, asked))


@offered.get("/openapi/{service}")
def openapi(call: Call, given: Named) -> dict[str, Any]:  # noqa: ARG001  the exchange's signature
    """The description of one service, as systems of the caller call it through their own node."""
    return offering.openapi(given.service)


@source
def doors() -> Iterator[Described]:
    """Each service of this node as other members call it, and the way to other members' services."""
    for service in registered():
        for each in service.endpoints:
            yield describe_endpoint(service, each, f"/tc1/{service.name}{each.path}")
    yield Described(
        "GET",
        "/call/{provider}/{service}/{path}",
        "Call a service of another member in the name of a local system",
        security="system",
        headers=(PURPOSE, *OPTIONS),
        result=dict[str, Any],
        tag="exchange",
    )
