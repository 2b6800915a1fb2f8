"""The server's side of one connection: uvicorn's protocol, with what it leaves open closed.

Added are a limit on every wait for the peer, on every buffer the peer can fill, and on the number of connections; an
answer of type ``application/problem+json`` to whatever is refused; and an unhurried close, because a connection closed
while the peer still sends is reset, and the peer never sees why (RFC 9112 section 9.6).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from twincity.kernel.http.asgi import problem_parts
from twincity.kernel.http.timer import Timer
from twincity.kernel.problems import BAD_REQUEST, METHOD_NOT_ALLOWED, TIMEOUT, UNAVAILABLE, Problem, define

HEAD_TOO_LARGE = define(
    "head-too-large", 431, zh="请求头超过上限: {limit}", en="The request head is beyond its limit: {limit}"
)
URI_TOO_LONG = define("uri-too-long", 414, zh="地址超过 {limit} 字节", en="The target is longer than {limit} bytes")
VERSION = define("http-version", 505, zh="只接受 HTTP/1.1", en="Only HTTP/1.1 is spoken here")
_DISCARDED = 1 << 20  # bytes still taken from a peer that was told to stop


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Bounds of one server; times in seconds, sizes in bytes.

    Attributes:
        connections: open at a time; beyond, a connection is told 503 and closed.
        refused: connections beyond that which may be open to be told so; beyond, they are just closed.
        head_seconds: from the connection, or the first byte of a later request, to the end of its head.
        head_bytes: names and values of all header fields.
        head_fields: number of header fields.
        target_bytes: length of the request target.
        body_seconds: between two pieces of a body that the application waits for.
        write_seconds: for which a peer may not read while data waits for it.
        idle_seconds: for which an unused connection is kept.
        linger_seconds: for which a peer that was refused may go on sending before the connection is cut.
        pipelined: requests that may wait behind the one being answered.
        drain_seconds: for which running requests may go on when the server stops.
        backlog: connections the system may hold before they are accepted.
    """

    connections: int = 1000
    refused: int = 100
    head_seconds: float = 10.0
    head_bytes: int = 32 * 1024
    head_fields: int = 100
    target_bytes: int = 8 * 1024
    body_seconds: float = 30.0
    write_seconds: float = 30.0
    idle_seconds: float = 75.0
    linger_seconds: float = 1.0
    pipelined: int = 16
    drain_seconds: float = 10.0
    backlog: int = 2048


class _Phase(Enum):
    """What the peer is to send next."""

    BETWEEN = auto()  # nothing, or a new request
    HEAD = auto()
    BODY = auto()


class _Lingering:
    """The transport as uvicorn sees it: closing it is up to the guard."""

    def __init__(self, transport: asyncio.Transport, guard: Guard) -> None:
        self._transport, self._guard = transport, guard
        self.write = transport.write
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        self.get_extra_info = transport.get_extra_info

    def is_closing(self) -> bool:
        return self._guard.hung_up or self._transport.is_closing()

    def close(self) -> None:
        self._guard.hang_up()


class Guard(HttpToolsProtocol):
    """One connection. See :class:`ServerLimits` for what is guarded."""

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], limits: ServerLimits
    ) -> None:
        super().__init__(config, server_state, app_state, asyncio.get_running_loop())
        self.hung_up = False
        self._limits = limits
        self._phase = _Phase.BETWEEN
        self._active: RequestResponseCycle | None = None  # the request being answered
        self._moved = False  # whether the bytes just fed brought anything
        self._silent = 0  # bytes since they last did
        self._deaf = False  # whether nothing more is taken from the peer
        self._fields = self._head_bytes = self._hosts = 0
        self._timer = Timer(self.loop, self._expired)
        self._write_timer = Timer(self.loop, self.cut)
        self._transport: asyncio.Transport

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        super().connection_made(cast("asyncio.Transport", _Lingering(self._transport, self)))
        self._timer.after(self._limits.head_seconds)
        open_ = len(self.connections)
        if open_ > self._limits.connections + self._limits.refused:
            self.cut()
        elif open_ > self._limits.connections:
            self._answer(Problem(UNAVAILABLE, retry_after=1, reason="too many connections"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.hung_up = True
        self._timer.cancel()
        self._write_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            self._discard(len(data))
            return
        self._moved = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as error:
            self._without_upgrade(data[error.args[0] :])
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause if isinstance(cause, Problem) else _malformed("it is not HTTP/1.1"))
        else:
            self._account(len(data))

    def pause_writing(self) -> None:
        self._write_timer.after(self._limits.write_seconds)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._write_timer.clear()
        super().resume_writing()

    # What the parser calls.

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._phase = _Phase.HEAD
        self._timer.after(self._limits.head_seconds)
        self._fields = self._head_bytes = self._hosts = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self._limits.target_bytes:
            raise Problem(URI_TOO_LONG, limit=self._limits.target_bytes)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._phase is _Phase.BODY:
            return  # a trailer field must not pass for a header (RFC 9110 section 6.5.1)
        self._fields += 1
        self._head_bytes += len(name) + len(value)
        if self._fields > self._limits.head_fields:
            raise Problem(HEAD_TOO_LARGE, limit=f"{self._limits.head_fields} fields")
        if self._head_bytes > self._limits.head_bytes:
            raise Problem(HEAD_TOO_LARGE, limit=f"{self._limits.head_bytes} bytes")
        super().on_header(name, value)
        if self.headers[-1][0] == b"host":
            self._hosts += 1

    def on_headers_complete(self) -> None:
        self._moved = True
        self._check_head()
        if self.parser.should_upgrade():
            return  # comes again, without the wish
        if len(self.pipeline) >= self._limits.pipelined:
            raise _malformed("too many requests at once")
        self._phase = _Phase.BODY
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self.cycle.response_complete:
            self._moved = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        self._moved = True
        self._phase = _Phase.BETWEEN
        super().on_message_complete()
        if self.cycle.response_complete:
            self._timer.after(self._limits.idle_seconds)
        else:
            self._timer.clear()

    # What uvicorn calls.

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._active = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.hung_up:
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._phase is _Phase.BETWEEN:
            self._timer.after(self._limits.idle_seconds)
        elif self._phase is _Phase.BODY:
            # Answered before all of the body came: a short rest may still follow, a long one is not worth taking.
            self._timer.after(self._limits.linger_seconds)

    # Rules.

    def _check_head(self) -> None:
        version = self.parser.get_http_version()
        if version not in {"1.1", "1.0"}:
            raise Problem(VERSION)
        # RFC 9112 sections 3.2 and 6.1: both are ways to make two readers see different messages.
        if self._hosts > 1 or (version == "1.1" and not self._hosts):
            raise _malformed("there must be one Host")
        if version == "1.0" and any(name == b"transfer-encoding" for name, _ in self.headers):
            raise _malformed("HTTP/1.0 knows no Transfer-Encoding")
        if self.parser.get_method() == b"CONNECT":
            raise Problem(METHOD_NOT_ALLOWED, method="CONNECT")

    def _without_upgrade(self, rest: bytes) -> None:
        """Take the request for what it is without its wish to change protocols (RFC 9110 section 7.8 allows that).

        The parser skips the body of such a request; Java's client sends one with every first POST.
        """
        kept = [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        line = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(b"\r\n".join([line, *kept, b"", rest]))

    def _account(self, size: int) -> None:
        self._silent = 0 if self._moved else self._silent + size
        if self._silent > self._limits.head_bytes + self._limits.target_bytes:
            self._refuse(Problem(HEAD_TOO_LARGE, limit=f"{self._limits.head_bytes} bytes"))
        elif self._phase is _Phase.BODY and self._moved:
            self._timer.after(self._limits.body_seconds)

    def _expired(self) -> None:
        if self.hung_up:
            self.cut()
        elif self.flow.read_paused:
            self._timer.after(self._limits.body_seconds)  # it is not the peer who is slow
        elif self._phase is _Phase.BETWEEN and self.cycle is not None:
            self.hang_up()
        else:
            self._refuse(Problem(TIMEOUT))

    def _refuse(self, problem: Problem) -> None:
        """Answer ``problem`` in the place of the request that is at fault, and close."""
        active = self._active
        if active is None or (active.response_complete and self._phase is not _Phase.BODY):
            self._answer(problem)
        elif active is not self.cycle or self._phase is not _Phase.BODY:
            self._finish_active(active)
        elif active.response_complete:
            self.hang_up()
        elif active.response_started:
            self.cut()
        else:
            active.disconnected = True
            active.message_event.set()
            self._answer(problem)

    def _finish_active(self, active: RequestResponseCycle) -> None:
        # The fault lies behind requests that are being served; answering it now would answer them.
        self._deaf = True
        active.keep_alive = False
        self._timer.clear()

    def _answer(self, problem: Problem) -> None:
        status, headers, body = problem_parts(problem)
        fields = [*self.server_state.default_headers, *headers]
        fields += [(b"content-length", b"%d" % len(body)), (b"connection", b"close")]
        line = b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())
        head = b"\r\n".join([line, *(name + b": " + value for name, value in fields)])
        self._transport.write(head + b"\r\n\r\n" + body)
        self._phase = _Phase.HEAD  # more may be on its way
        self.hang_up()

    def hang_up(self) -> None:
        """Close when all was written; if the peer may still be sending, only after it had time to read."""
        if self.hung_up:
            return
        self.hung_up = self._deaf = True
        self._silent = 0
        waiting = self._transport.get_write_buffer_size()
        self._timer.after(self._limits.write_seconds if waiting else self._limits.linger_seconds)
        if self._phase is _Phase.BETWEEN:
            self._transport.close()
            return
        self.flow.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def _discard(self, size: int) -> None:
        self._silent += size
        if self._silent > _DISCARDED:
            self.cut()

    def cut(self) -> None:
        """Close at once; what was not written is lost."""
        self._deaf = True
        self._transport.abort()


def _malformed(reason: str) -> Problem:
    return Problem(BAD_REQUEST, reason=reason)
