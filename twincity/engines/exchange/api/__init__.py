"""Machine doors of the exchange: signed calls of other nodes, calls of own systems, and the protocol's own services.

The services of the protocol use the same signed, recorded calls as all others; only a grant is not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from twincity.engines.exchange import services
from twincity.engines.exchange.api.delivery import enqueue
from twincity.engines.exchange.evidence.bundle import Proven
from twincity.engines.exchange.services import negotiating
from twincity.engines.exchange.wire.asking import AGREEMENTS, EVIDENCE, Document
from twincity.engines.exchange.wire.local import Local
from twincity.engines.exchange.wire.provider import Provider
from twincity.engines.exchange.wire.registry import Call, Endpoint, Service
from twincity.engines.exchange.wire.registry import services as registered
from twincity.engines.exchange.wire.runtime import Runtime, current, running
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.locale_text import LocalText
from twincity.kernel.openapi import Described, Header, source
from twincity.kernel.problems import UNAVAILABLE, Problem

agreements = Service(AGREEMENTS, LocalText("数字合约", "Agreements"))
evidence = Service(EVIDENCE, LocalText("存证", "Evidence"))


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """The id of an exchange."""

    message: str


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


PURPOSE = Header(name="tc-purpose", summary="Code of the purpose, which a grant must cover", required=True)
OPTIONS = (
    Header(name="tc-priority", summary="emergency, interactive or batch"),
    Header(name="tc-deadline", summary="Milliseconds within which the answer is of use"),
    Header(name="tc-case", summary="Number of the case that the call belongs to"),
    Header(name="tc-consent", summary="Consent of the person concerned"),
)


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


def describe_endpoint(service: Service, endpoint: Endpoint, path: str) -> Described:
    """One endpoint of a service as it is called at a path."""
    writes = endpoint.method in {"POST", "PUT"}
    return Described(
        endpoint.method,
        path,
        f"{service.title.en} / {service.title.zh}",
        query=None if writes else endpoint.parameters,
        body=_body(endpoint) if writes else None,
        result_type=endpoint.media_type,
        security="member",
        headers=(PURPOSE, *OPTIONS),
        tag=service.name,
    )


def _body(endpoint: Endpoint) -> type | None:
    """The parameters without those that stand in the path."""
    if endpoint.parameters is None or "{" not in endpoint.path:
        return endpoint.parameters
    inside = {each[1:-1] for each in endpoint.path.split("/") if each[:1] == "{"}
    fields = [each for each in msgspec.structs.fields(endpoint.parameters) if each.name not in inside]
    shape = [(each.name, each.type, _default(each)) for each in fields]
    name = endpoint.parameters.__name__ + endpoint.method.title() + re.sub(r"[^a-z0-9]", "", endpoint.path.title())
    return msgspec.defstruct(name, shape, kw_only=True, forbid_unknown_fields=True)


def _default(found: msgspec.structs.FieldInfo) -> Any:
    if found.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(default_factory=found.default_factory)
    return msgspec.field() if found.default is msgspec.NODEFAULT else msgspec.field(default=found.default)
