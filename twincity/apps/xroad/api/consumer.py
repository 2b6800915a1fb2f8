"""The consumer's side: local systems call ``/r1/INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE/path`` as at a Security Server.

The node makes a signed, recorded tc1 call of it. A system proves itself by its token, since a header alone proves
nothing; only from network addresses that the operator named for it does the header suffice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import structlog

from twincity.apps.xroad.api.answering import client_of, faults, fields, send_json, text_header
from twincity.apps.xroad.api.errors import refusal
from twincity.apps.xroad.api.shapes import methods
from twincity.apps.xroad.rules.hashing import request_hash
from twincity.engines.exchange import facade as exchange
from twincity.engines.exchange.facade import Outbound, OutsideName
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.http.asgi import header, query, read_body, send_response, send_stream
from twincity.kernel.http.wire import Headers
from twincity.kernel.openapi import Described, describe
from twincity.kernel.openapi import Header as Field
from twincity.kernel.problems import BAD_REQUEST, METHOD_NOT_ALLOWED, NOT_FOUND, Problem

BODY_SECONDS = 30.0
STREAM_LIMIT = 2**40
CASE = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose client is known: client, the provider's subsystem, and what of it is called."""

    client: OutsideName
    system: exchange.System
    provider: OutsideName
    code: str
    path: str


@door("/r1/", "X-Road REST (r1): calls of own systems, and listMethods, allowedMethods, getOpenAPI")
@faults
async def r1(scope: Scope, receive: Receive, send: Send) -> None:
    """Authenticate the client, then ask for metadata or make the call."""
    asked = await asyncio.to_thread(_asked, scope, client_of(scope))
    meta = META.get(asked.code) if asked.path == "" else None
    peer, kind = f"{asked.system.name} {asked.provider.member}", f"/r1/{asked.code}"
    with exchange.place(peer=peer, headers={}, kind=kind) as place:
        if meta is not None:
            if scope["method"] != "GET":
                raise Problem(METHOD_NOT_ALLOWED, field="method", method=scope["method"])
            await send_json(send, await meta(asked, scope))
            return
        place.telling = False
        with place.waiting():
            body = await read_body(scope, receive, exchange.body_limit(), BODY_SECONDS)
        await _call(asked, scope, body, receive, send)


def _asked(scope: Scope, client: exchange.identifiers.Parts) -> Asked:
    raw = scope["raw_path"].decode("latin-1").removeprefix("/r1/")
    segments = raw.split("/", 5)
    *subsystem, code = exchange.identifiers.read("/".join(segments[:5]), least=5)
    known = exchange.outside_name(client)
    if known is None:
        raise Problem(BAD_REQUEST, field="x-road-client", reason="this node has no such client")
    provider = exchange.outside_name(tuple(subsystem))
    if provider is None:
        raise Problem(NOT_FOUND, field="service", what="/".join(subsystem))
    scheme, _, token = (header(scope, b"authorization") or b"").decode("latin-1").partition(" ")
    given = token if scheme.lower() == "bearer" else ""
    system = exchange.authenticate(token=given, name=known, address=scope["client"][0])
    path = "/" + segments[5] if len(segments) > 5 else ""
    return Asked(known, system, provider, code, path)


async def _call(asked: Asked, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    outbound = _outbound(asked, scope, body)
    target = scope["raw_path"].decode("latin-1") + ("?" + outbound.query if outbound.query else "")
    head = fields(
        id=text_header(scope, "x-road-id", outbound.id),
        client=exchange.identifiers.write(asked.client.parts),
        service=exchange.identifiers.write((*asked.provider.parts, asked.code)),
        request_id=outbound.id,
        request_hash=request_hash(scope["method"], target, scope["headers"], body),
        issue=text_header(scope, "x-road-issue"),
        represented_party=text_header(scope, "x-road-represented-party"),
        userid=text_header(scope, "x-road-userid"),
    )
    structlog.get_logger().info("xroad_call", message=outbound.id, fields={k.decode(): v.decode() for k, v in head})
    stream_head = [(b"content-type", b"application/octet-stream"), *head]
    try:
        async with aclosing(exchange.stream(outbound, max_size=STREAM_LIMIT)) as pieces:
            await send_stream(receive, send, stream_head, pieces)
    except exchange.AnsweredWholeError as answered:
        await _whole(answered.result, head, send)


def _outbound(asked: Asked, scope: Scope, body: bytes) -> Outbound:
    service = asked.provider.service(asked.code)
    if not service:
        raise Problem(NOT_FOUND, field="service", what=asked.code)
    issue = text_header(scope, "x-road-issue")[:CASE]
    return Outbound(
        provider=asked.provider.member,
        service=service,
        method=scope["method"],
        path=asked.path or "/",
        purpose=_purpose(asked, scope),
        query=scope["query_string"].decode("latin-1"),
        body=body,
        media_type=text_header(scope, "content-type"),
        system=asked.system.name,
        extra={"tc-case": issue} if issue else {},
    )


def _purpose(asked: Asked, scope: Scope) -> str:
    usual = asked.client.purposes
    service = exchange.identifiers.write((*asked.provider.parts, asked.code))
    purpose = text_header(scope, "tc-purpose") or usual.get(service) or usual.get("*", "")
    if not purpose:
        raise Problem(BAD_REQUEST, field="tc-purpose", reason="neither the call nor the operator names a purpose")
    exchange.use_for(system=asked.system, purpose=purpose)
    return purpose


async def _whole(result: exchange.Result, head: Headers, send: Send) -> None:
    found = refusal(result.status, result.body, result.id)
    if found is not None:
        await send_response(send, found.status, [*found.headers(), *head], found.body())
        return
    kind = [(b"content-type", result.media_type.encode())] if result.media_type else []
    more = [(b"tc-record", str(result.index).encode()), (b"tc-provider-receipt", result.provider_receipt.encode())]
    await send_response(send, result.status, [*kind, *head, *more], result.body)


async def _list_methods(asked: Asked, scope: Scope) -> dict[str, Any]:
    return await _methods(asked, scope, allowed=False)


async def _allowed_methods(asked: Asked, scope: Scope) -> dict[str, Any]:
    return await _methods(asked, scope, allowed=True)


async def _methods(asked: Asked, scope: Scope, *, allowed: bool) -> dict[str, Any]:
    query(scope, ())
    offered = await exchange.methods_of(member=asked.provider.member, system=asked.system.name)
    return methods(asked.provider, offered, allowed=allowed)


async def _openapi(asked: Asked, scope: Scope) -> dict[str, Any]:
    code = query(scope, ("serviceCode",)).get("serviceCode", "")
    service = asked.provider.service(code)
    if not code or not service:
        raise Problem(NOT_FOUND if code else BAD_REQUEST, field="service", what=code, reason="serviceCode is missing")
    found = await exchange.openapi_of(member=asked.provider.member, service=service)
    return found | {"servers": [{"url": f"/r1/{exchange.identifiers.write((*asked.provider.parts, code))}"}]}


META: dict[str, Callable[[Asked, Scope], Awaitable[dict[str, Any]]]] = {
    "listMethods": _list_methods,
    "allowedMethods": _allowed_methods,
    "getOpenAPI": _openapi,
}
CLIENT = Field(name="x-road-client", summary="INSTANCE/CLASS/MEMBER/SUBSYSTEM of the calling system", required=True)
OPTIONS = (
    Field(name="x-road-id", summary="The caller's id of the message"),
    Field(name="x-road-issue", summary="Number of the case that the call belongs to"),
    Field(name="tc-purpose", summary="Code of the purpose, when the operator has not set one"),
)
_BASE = "/r1/{instance}/{member_class}/{member}/{subsystem}"
describe(
    Described(
        "GET", _BASE + "/{service}/{path}", "Call a service (X-Road REST); all methods", security="system",
        headers=(CLIENT, *OPTIONS), tag="xroad", result=dict[str, Any],
    ),
    *(
        Described("GET", f"{_BASE}/{name}", summary, security="system", headers=(CLIENT,), tag="xroad",
                  result=dict[str, Any], query=given)
        for name, summary, given in (
            ("listMethods", "Services of a provider", None),
            ("allowedMethods", "Services of a provider that the client may call", None),
            ("getOpenAPI", "Description of a service", None),
        )
    ),
)  # fmt: skip
