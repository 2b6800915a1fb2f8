"""The provider's side: a Security Server forwards calls of X-Road clients to ``/xroad/provider/SERVICE/path``.

It is believed by its network address, which the operator names; so this door is for a network that the two share. The
client it vouches for is let in by grants that name it, and by no others.
"""

from __future__ import annotations

import asyncio
from typing import Any

from twincity.apps.xroad import queries
from twincity.apps.xroad.api.answering import client_of, faults, fields, text_header
from twincity.apps.xroad.api.consumer import BODY_SECONDS, CLIENT
from twincity.apps.xroad.api.errors import Fault, refusal
from twincity.engines.exchange import facade as exchange
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.http.asgi import read_body, send_response
from twincity.kernel.http.wire import Headers
from twincity.kernel.openapi import Described, describe
from twincity.kernel.openapi import Header as Field
from twincity.kernel.problems import FORBIDDEN, Problem


@door("/xroad/provider/", "X-Road: calls that a trusted Security Server forwards: `/xroad/provider/SERVICE/PATH`")
@faults
async def provider(scope: Scope, receive: Receive, send: Send) -> None:
    """Check who brings the call, answer it by the exchange's own rules, and record it."""
    address = scope["client"][0]
    server = await asyncio.to_thread(queries.security_server, address)
    if server is None:
        raise Problem(FORBIDDEN, what=f"to bring calls from {address}")
    client = exchange.identifiers.write(client_of(scope))
    raw = scope["raw_path"].decode("latin-1").removeprefix("/xroad/provider/")
    service, _, path = raw.partition("/")
    call = exchange.OutsideCall(
        kind="xroad",
        client=client,
        gateway=server.address,
        service=service,
        method=scope["method"],
        path="/" + path,
        purpose=server.purpose,
        query=scope["query_string"].decode("latin-1"),
        body=await read_body(scope, receive, exchange.body_limit(), BODY_SECONDS),
        reference=text_header(scope, "x-road-request-id", text_header(scope, "x-road-id")),
    )
    head = fields(id=text_header(scope, "x-road-id"), client=client, service=text_header(scope, "x-road-service"))
    await _send(call.id, await exchange.answer_outside(call), head, send)


async def _send(identifier: str, answer: exchange.Answer, head: Headers, send: Send) -> None:
    found: Fault | None = refusal(answer.status, answer.body, identifier)
    if found is not None:
        await send_response(send, found.status, [*found.headers(), *head], found.body())
        return
    await send_response(send, answer.status, [(b"content-type", answer.media_type.encode()), *head], answer.body)


describe(
    Described(
        "GET", "/xroad/provider/{service}/{path}", "A call that a trusted Security Server forwards; all methods",
        headers=(CLIENT, Field(name="x-road-id", summary="Id of the message")), tag="xroad", result=dict[str, Any],
    )
)  # fmt: skip
