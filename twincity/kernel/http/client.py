"""The HTTP/1.1 client between nodes.

It does what a signed exchange needs and nothing else: kept-alive connections, streaming both ways with back-pressure,
bounded everything, typed errors. It follows no redirect (a signature covers its target), decodes no content coding
(a digest covers the bytes) and keeps no cookies.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from twincity.kernel.http import wire
from twincity.kernel.http.connection import Connection
from twincity.kernel.http.errors import Malformed, TimedOut, Unreachable
from twincity.kernel.http.pool import Pool
from twincity.kernel.http.reply import Reply, Response

Body = bytes | AsyncIterable[bytes] | None
_JOIN = 64 * 1024  # bytes up to which a body is copied behind its head, for one packet and one system call


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """Bounds of one client.

    Attributes:
        connections: open at a time to one origin.
        waiting: requests to one origin that may wait for a connection.
        idle: seconds for which an unused connection is kept; stay below what servers keep.
    """

    connections: int = 16
    waiting: int = 1024
    idle: float = 30.0


class _Call(NamedTuple):
    """A request, checked and ready for the wire."""

    where: wire.Target
    method: str
    head: bytes
    body: Body
    length: int | None
    replayable: bool


class Client:
    """Sends requests and gives back answers; one per event loop, closed at the end.

    Args:
        limits: bounds.
        tls: how https peers are verified; by default against the system's certificates, by host name.
    """

    def __init__(self, limits: ClientLimits | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._limits = limits or ClientLimits()
        self._tls = tls
        self._pools: dict[wire.Origin, Pool] = {}

    async def request(
        self,
        method: str,
        url: str,
        headers: wire.Headers,
        body: Body = None,
        *,
        timeout: float,  # noqa: ASYNC109  kept by the connection's own timer, at a tenth of the cost
        max_body: int,
        length: int | None = None,
        idempotent: bool = False,
    ) -> Response:
        """Send a request and wait for the whole answer, whatever its status.

        Args:
            method: upper case.
            url: absolute, http or https.
            headers: without those that frame or route the message, which are the client's.
            body: all of it, or an asynchronous iterable, sent chunked or with ``length``.
            timeout: seconds for everything.
            max_body: bytes of the answer's body that are accepted.
            length: bytes that an iterable body will have.
            idempotent: whether the request may arrive twice. Then it is sent once more when a connection that had
                been kept turns out to be closed, unless its body is an iterable.

        Raises:
            TransportError: ``Unreachable``, ``TimedOut``, ``TooLarge`` or ``Malformed``.
        """
        call = _call(method, url, headers, body, length, idempotent=idempotent)
        until = asyncio.get_running_loop().time() + timeout
        try:
            return await self._exchange(call, until, max_body, fresh=False)
        except Unreachable as error:
            if not (error.stale and call.replayable):
                raise
        return await self._exchange(call, until, max_body, fresh=True)

    async def _exchange(self, call: _Call, until: float, max_body: int, *, fresh: bool) -> Response:
        pool = self._pool(call.where.origin)
        connection = (None if fresh else pool.take()) or await self._acquire(pool, until, fresh=fresh)
        reply = Reply(connection, call.method, max_body, None)
        connection.deadline(until)
        _send(connection, reply, call)
        return await reply.whole()

    async def stream(
        self,
        method: str,
        url: str,
        headers: wire.Headers,
        body: Body = None,
        *,
        timeout: float,  # noqa: ASYNC109  as request
        max_body: int,
        length: int | None = None,
    ) -> Reply:
        """Send a request and wait for the head of the answer; read its body from the reply, or close that.

        Arguments are those of :meth:`request`, except ``timeout``: seconds for a connection, and then for each time
        this node waits for the peer, to take more of the request, to begin the answer or to go on with it. It is never
        sent twice.

        Raises:
            TransportError: as :meth:`request`; reading the reply raises them too.
        """
        call = _call(method, url, headers, body, length, idempotent=False)
        pool = self._pool(call.where.origin)
        until = asyncio.get_running_loop().time() + timeout
        connection = pool.take() or await self._acquire(pool, until, fresh=False)
        reply = Reply(connection, call.method, max_body, timeout)
        _send(connection, reply, call)
        await reply.begun()
        return reply

    async def aclose(self) -> None:
        """Close all connections; exchanges under way fail. The client can be used again."""
        for pool in list(self._pools.values()):
            pool.close()
        await asyncio.sleep(0)  # transports let go of their sockets in the loop's next turn

    def _pool(self, origin: wire.Origin) -> Pool:
        found = self._pools.get(origin)
        if found is None:
            limits = self._limits
            found = self._pools[origin] = Pool(
                lambda: self._connect(origin),
                size=limits.connections,
                waiting=limits.waiting,
                idle=limits.idle,
                emptied=partial(self._pools.pop, origin, None),
            )
        return found

    async def _acquire(self, pool: Pool, until: float, *, fresh: bool) -> Connection:
        try:
            async with asyncio.timeout_at(until):
                return await pool.acquire(fresh=fresh)
        except TimeoutError as error:
            raise TimedOut("no connection in time") from error

    async def _connect(self, origin: wire.Origin) -> Connection:
        loop = asyncio.get_running_loop()
        pool = self._pools[origin]
        try:
            _, connection = await loop.create_connection(
                lambda: Connection(loop, pool.give_back, pool.forget),
                origin.host,
                origin.port,
                ssl=self._context() if origin.tls else None,
            )
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(f"the certificate of {origin.host} is not trusted: {error}", permanent=True) from error
        except OSError as error:
            raise Unreachable(f"no connection to {origin.host}:{origin.port}: {error}") from error
        return connection

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls


def _call(method: str, url: str, headers: wire.Headers, body: Body, length: int | None, *, idempotent: bool) -> _Call:
    where = wire.target(url)
    if body is None or isinstance(body, bytes):
        known = len(body) if body else 0
        if length not in {None, known}:
            raise Malformed(f"the body has {known} bytes, not {length}")
        # RFC 9110 section 8.6: methods that expect no body say nothing about its length.
        silent = body is None and method in {"GET", "HEAD", "DELETE", "OPTIONS"}
        framing = b"" if silent else b"content-length: %d\r\n" % known
        head = wire.head(method, where, headers, framing)
        return _Call(where, method, head, body, known, replayable=idempotent)
    framing = b"transfer-encoding: chunked\r\n" if length is None else b"content-length: %d\r\n" % length
    return _Call(where, method, wire.head(method, where, headers, framing), body, length, replayable=False)


def _send(connection: Connection, reply: Reply, call: _Call) -> None:
    body = call.body
    if not body:
        connection.begin(reply, call.head)
    elif not isinstance(body, bytes):
        connection.begin(reply, call.head)
        connection.upload(asyncio.create_task(_upload(connection, body, call.length, reply.patience)))
    elif len(body) <= _JOIN:
        connection.begin(reply, call.head + body)
    else:
        connection.begin(reply, call.head)
        connection.upload(asyncio.create_task(connection.write((body,), reply.patience)))


async def _upload(
    connection: Connection, body: AsyncIterable[bytes], length: int | None, patience: float | None
) -> None:
    sent = 0
    async for piece in body:
        sent += len(piece)
        if length is None:
            if piece:  # a chunk of no bytes would be the end
                await connection.write((b"%x\r\n" % len(piece), piece, b"\r\n"), patience)
            continue
        if sent > length:
            break
        await connection.write((piece,), patience)
    if length is None:
        await connection.write((b"0\r\n\r\n",), patience)
    elif sent != length:
        raise Malformed(f"the body has {sent} bytes or more, not {length}")
