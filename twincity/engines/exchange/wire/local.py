"""The door for this member's own information systems: ``/call/PROVIDER/SERVICE/PATH``.

A system presents its token and names a purpose; the node signs, sends, verifies and records. What comes back is the
provider's body, with the ids under which both ledgers hold the exchange.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from twincity.engines.exchange import rules
from twincity.engines.exchange.wire import consumer, streaming
from twincity.engines.exchange.wire.admission import admitted, kind_of
from twincity.engines.exchange.wire.headers import Headers, as_text, identifier
from twincity.engines.exchange.wire.runtime import Runtime, System
from twincity.kernel.doors import Receive, Scope, Send
from twincity.kernel.http.asgi import read_body, send_response, send_stream
from twincity.kernel.problems import BAD_REQUEST, FORBIDDEN, SIGN_IN, Problem

BODY_SECONDS = 30.0
STREAM_LIMIT = 2**40
_ASYNC = b"respond-async"
_KEPT = ("tc-priority", "tc-deadline", "tc-case", "tc-consent")


Queue = Callable[[consumer.Outbound, Headers], Awaitable[None]]
"""Keeps a call that is to be delivered when the provider can be reached; it is on disk when this returns."""


class Local:
    """Calls made on behalf of local systems."""

    def __init__(self, runtime: Runtime, queue: Queue) -> None:
        self.runtime = runtime
        self.queue = queue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = as_text(scope["headers"])
        system = self.system(headers)
        # Each provider has a share of its own, so that one that hangs cannot take all places with it.
        peer = f"{system.name} {scope['path'].split('/', 3)[2]}"
        with admitted(self.runtime.gate, peer, headers, kind_of(scope["path"])) as place:
            outbound = self.outbound(scope, headers, system)
            with place.waiting():
                outbound.body = await read_body(scope, receive, self.runtime.body_limit, BODY_SECONDS)
            if _asynchronous(headers):
                await self._later(outbound, headers, send)
            elif headers.get("tc-stream") == "1":
                place.telling = False
                await self._stream(outbound, receive, send)
            else:
                await self._whole(outbound, send)

    def system(self, headers: Headers) -> System:
        """The system whose token a request bears.

        Raises:
            Problem: ``sign-in``.
        """
        scheme, _, token = headers.get("authorization", "").partition(" ")
        found = (
            self.runtime.systems.get(hashlib.sha256(token.encode()).digest()) if scheme.lower() == "bearer" else None
        )
        if found is None:
            raise Problem(SIGN_IN, field="authorization")
        return found

    def outbound(self, scope: Scope, headers: Headers, system: System) -> consumer.Outbound:
        """The call that a system asks for, its body yet to be read.

        Raises:
            Problem: ``bad-request`` without a purpose, ``forbidden`` for one that the system is not for.
        """
        raw = scope["raw_path"].decode("latin-1").removeprefix("/call/")
        provider, service, path = [*raw.split("/", 2), "", ""][:3]
        purpose = identifier(headers, "tc-purpose")
        if not purpose:
            raise Problem(BAD_REQUEST, field="tc-purpose", reason="a call names its purpose")
        if not rules.purpose_covered(system.purposes, purpose):
            raise Problem(FORBIDDEN, field="tc-purpose", what=f"{system.name} for {purpose}")
        return consumer.Outbound(
            provider=provider,
            service=service,
            method=scope["method"],
            path="/" + path,
            purpose=purpose,
            query=scope["query_string"].decode("latin-1"),
            media_type=headers.get("content-type", ""),
            system=system.name,
            extra={name: headers[name] for name in _KEPT if name in headers},
        )

    async def _whole(self, outbound: consumer.Outbound, send: Send) -> None:
        started = time.perf_counter()
        await _send(await consumer.call(self.runtime, outbound), started, send)

    async def _later(self, outbound: consumer.Outbound, headers: Headers, send: Send) -> None:
        await self.queue(outbound, headers)
        place = f"/messages/{outbound.id}".encode()
        fields = [(b"location", place), (b"tc-message-id", outbound.id.encode()), (b"preference-applied", _ASYNC)]
        await send_response(send, 202, fields, b"")

    async def _stream(self, outbound: consumer.Outbound, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        head = [(b"content-type", b"application/octet-stream"), (b"tc-message-id", outbound.id.encode())]
        try:
            async with aclosing(streaming.stream(self.runtime, outbound, STREAM_LIMIT)) as pieces:
                await send_stream(receive, send, head, pieces)
        except streaming.AnsweredWholeError as answered:
            await _send(answered.result, started, send)


def _asynchronous(headers: Headers) -> bool:
    """Whether the caller asks to be answered before the provider has been (RFC 7240 section 4.1)."""
    preferences = headers.get("prefer", "").split(",")
    return any(each.partition(";")[0].strip().lower() == _ASYNC.decode() for each in preferences)


async def _send(result: consumer.Result, started: float, send: Send) -> None:
    headers = [
        (b"content-type", result.media_type.encode()),
        (b"tc-message-id", result.id.encode()),
        (b"tc-provider-receipt", result.provider_receipt.encode()),
        (b"tc-record", str(result.index).encode()),
        (b"server-timing", f"exchange;dur={(time.perf_counter() - started) * 1000:.2f}".encode()),
    ]
    await send_response(send, result.status, headers, result.body)
