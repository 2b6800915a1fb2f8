"""The other side of a call, on paper: it signs requests to this node, and answers this node's, right or wrong."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Self

import orjson

from twincity.engines.circle import facade as circle
from twincity.engines.circle.tests.opened import OTHER, Opened
from twincity.engines.exchange.wire import records
from twincity.engines.exchange.wire.provider import Provider
from twincity.engines.exchange.wire.runtime import current
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock, ids
from twincity.kernel.http.errors import TransportError
from twincity.kernel.http.reply import Response
from twincity.kernel.keys import PrivateKey, b64url
from twincity.kernel.problems import Problem
from twincity.kernel.tc1 import message

Pairs = list[tuple[bytes, bytes]]


@dataclass
class Heard:
    """What came back from a door; ``problem`` where it was refused before anybody was known to ask."""

    status: int
    headers: dict[str, str]
    body: bytes
    problem: Problem | None = None
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """``ok``, or the code of the refusal."""
        if self.problem is not None:
            return self.problem.kind.code
        return "ok" if self.status < 400 else str(orjson.loads(self.body)["code"])

    @property
    def field(self) -> str:
        return self.problem.field if self.problem else str(orjson.loads(self.body).get("field", ""))

    def json(self) -> Any:
        return orjson.loads(self.body)


class Caller:
    """Calls this node's service as the other member would."""

    def __init__(self, mine: Opened) -> None:
        self.mine = mine
        self.key = mine.other.key("tc1")

    def headers(self, target: str, body: bytes = b"", *, method: str = "GET", **options: Any) -> dict[str, str]:
        """Signed headers; ``key``, ``now``, ``nonce`` and ``extra`` headers as given."""
        given = {
            "content-digest": message.content_digest(body),
            "tc-message-id": ids.new_id(),
            "tc-purpose": "planning",
        } | options.get("extra", {})
        given = {name: value for name, value in given.items() if value is not None}
        message.sign_request(
            options.get("key", self.key),
            method=method,
            target=current().address + target,
            headers=given,
            now=options.get("now", clock.unix()),
            nonce=options.get("nonce", b64url(os.urandom(8))),
        )
        return given

    def call(self, path: str, body: bytes = b"", *, method: str = "GET", **options: Any) -> Heard:
        target = f"/tc1/{path}"
        return self.send(target, self.headers(target, body, method=method, **options), body, method)

    def send(self, target: str, headers: dict[str, str], body: bytes = b"", method: str = "GET", **more: Any) -> Heard:
        """Send these headers as they are; ``pairs`` are added to them."""
        pairs: Pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        pairs += [(b"content-length", str(len(body)).encode()), *more.get("pairs", [])]
        return asyncio.run(self._send(target, pairs, headers, body, method, more.get("leaves_after", -1)))

    async def _send(
        self, target: str, pairs: Pairs, asked: dict[str, str], body: bytes, method: str, leaves_after: int
    ) -> Heard:
        path, _, query = target.partition("?")
        sent: list[dict[str, Any]] = []
        left = asyncio.Event()
        queue = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if queue:
                return queue.pop(0)
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(part: Any) -> None:
            sent.append(part)
            if len(sent) == leaves_after:
                left.set()

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "headers": pairs,
            "client": ("127.0.0.1", 1),
        }
        try:
            await Provider(current())(scope, receive, send)
        except Problem as problem:
            return Heard(problem.kind.status, {}, problem.body(), problem, asked)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        whole = b"".join(part.get("body", b"") for part in sent[1:])
        return Heard(sent[0]["status"], headers, whole, None, asked)


def proven(heard: Heard) -> message.Signed:
    """The signature of an answer, which must be this node's and bound to the request."""
    signed = message.read_response(status=heard.status, headers=heard.headers, request=heard.asked)
    message.check_signature(signed, circle.keys_of(circle.member_id())[signed.kid])
    message.check_digest(heard.headers["content-digest"], heard.body)
    return signed


def ledger_records() -> list[records.Record]:
    """Records of exchanges in this node's ledger, in order."""
    found = (record.data for record in ledger.exchange_log().records())
    return [records.decode(data) for data in found if orjson.loads(data).get("kind", "exchange") == "exchange"]


class Answerer:
    """A client that reaches nobody: it answers this node's calls as the other's node would, unless told otherwise."""

    def __init__(self, mine: Opened) -> None:
        self.mine = mine
        self.seen: list[SimpleNamespace] = []
        self.status, self.body, self.media_type = 200, b'{"a":1}', "application/json"
        self.key: PrivateKey = mine.other.key("tc1")
        self.receipt = f'"{OTHER}/exchange";index=3'
        self.spoil: Callable[[dict[str, str]], None] = lambda headers: None
        """Changes the signed headers before they are sent."""
        self.silent = False
        self.unsigned = False
        self.pieces: list[bytes] = []

    def sign(self, headers: dict[str, str], status: int, asked: dict[str, str]) -> dict[str, str]:
        base, parameters = message.response_base(
            status=status, headers=headers, request=asked, now=clock.unix(), key=self.key.public
        )
        return headers | message.signature_headers(parameters, self.key.sign(base))

    async def request(self, method: str, url: str, headers: Pairs, body: bytes | None, **options: Any) -> Response:
        asked = {name.decode(): value.decode() for name, value in headers}
        self.seen.append(SimpleNamespace(method=method, url=url, headers=asked, body=body, options=options))
        if self.silent:
            raise TransportError("no route")
        given = {"content-type": self.media_type, "content-digest": message.content_digest(self.body)}
        if self.receipt:
            given["tc-receipt"] = self.receipt
        if not self.unsigned:
            given = self.sign(given, self.status, asked)
        self.spoil(given)
        return Response(self.status, [(name.encode(), value.encode()) for name, value in given.items()], self.body)

    async def stream(self, method: str, url: str, headers: Pairs, body: bytes | None, **options: Any) -> Any:
        whole = await self.request(method, url, headers, body, **options)
        return Streamed(whole, self.pieces or [whole.body])


class Streamed:
    """A reply that is read piece by piece."""

    def __init__(self, whole: Response, pieces: list[bytes]) -> None:
        self.status, self.headers, self.pieces = whole.status, whole.headers, pieces

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if piece == BROKEN:
                raise TransportError("broken off")
            yield piece


BROKEN = b"<broken off>"
"""In the place of a piece: here the connection ends."""
