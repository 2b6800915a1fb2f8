"""Servers and connections of a few lines, for tests on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvloop

from twincity.kernel.http.asgi import read_body, send_response
from twincity.kernel.http.client import Client
from twincity.kernel.http.errors import TransportError
from twincity.kernel.http.server import Listener, ServerLimits, serve

PATIENT = 20.0  # seconds; only a broken test ever waits so long
MEBI = 1 << 20


def run(test: Callable[[], Awaitable[Any]]) -> Any:
    """Run a test's coroutine on a loop of its own."""

    async def bounded() -> Any:
        async with asyncio.timeout(PATIENT):
            return await test()

    return uvloop.run(bounded())


@contextlib.asynccontextmanager
async def serving(app: Any, **limits: Any) -> AsyncIterator[Listener]:
    """Our server around ``app``."""
    listener = await serve(app, limits=ServerLimits(**({"linger_seconds": 0.2, "drain_seconds": 1} | limits)))
    try:
        yield listener
    finally:
        await listener.stop()


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers the body it got, of at most a MiB."""
    if scope["type"] == "http":
        body = await read_body(scope, receive, MEBI, PATIENT)
        await send_response(send, 200, [(b"x-path", scope["raw_path"])], body)


class Wire:
    """A plain connection that sends what it is told and reads until the peer closes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> Wire:
        with contextlib.suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()
        return self

    async def until_closed(self) -> bytes:
        """Everything until the end; a reset counts as one."""
        parts = []
        with contextlib.suppress(ConnectionError):
            while data := await self.reader.read(1 << 16):
                parts.append(data)
        return b"".join(parts)

    async def response(self) -> tuple[int, dict[bytes, bytes], bytes]:
        """One response with a content-length."""
        lines = (await self.reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines[1:] if line)
        body = await self.reader.readexactly(int(headers.get(b"content-length", 0)))
        return int(lines[0].split()[1]), headers, body


@contextlib.asynccontextmanager
async def wire(port: int) -> AsyncIterator[Wire]:
    """A plain connection to a port of loopback."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def scripted(script: Callable[[Wire], Awaitable[Any]]) -> AsyncIterator[tuple[str, list[Wire]]]:
    """A raw server running ``script`` on each connection, then closing it; gives its URL and the connections seen."""
    seen: list[Wire] = []
    tasks: set[asyncio.Task[Any]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        seen.append(Wire(reader, writer))
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await script(seen[-1])
        writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", seen
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read_request(peer: Wire) -> bytes:
    """The head and, if it has a content-length, the body of one request."""
    head = await peer.reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head + await peer.reader.readexactly(int(line.split(b":")[1]))
    return head


def answering(*answers: bytes) -> Callable[[Wire], Awaitable[None]]:
    """A script that reads a request and sends the next of ``answers``, then closes."""

    async def script(peer: Wire) -> None:
        for answer in answers:
            await read_request(peer)
            await peer.send(answer)

    return script


async def until(condition: Callable[[], Any]) -> None:
    """Wait for what nothing announces."""
    while not condition():  # noqa: ASYNC110  it is often the absence of something
        await asyncio.sleep(0.005)


def resident() -> int:
    """Bytes of memory this process holds."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("memory is measured by /proc/self/statm, which this system does not have")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def post(body, extra=b""):
    return b"POST / HTTP/1.1\r\nHost: a\r\n%bContent-Length: %d\r\n\r\n%b" % (extra, len(body), body)


def problem_of(answer):
    """Status and code of the only response in ``answer``, which must be a typed problem."""
    head, body = answer.split(b"\r\n\r\n", 1)
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    document = orjson.loads(body)
    assert set(document["i18n"]) == {"zh-Hans", "en"}
    assert document["status"] == int(head.split()[1])
    return document["status"], document["code"]


async def answer_to(data, app=echo, **limits):
    async with serving(app, **limits) as listener, wire(listener.port) as peer:
        return await (await peer.send(data)).until_closed()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def ask(client, url, *, method="GET", headers=(), body=None, **more):
    return await client.request(method, url, list(headers), body, **({"timeout": PATIENT, "max_body": 1000} | more))


def asked(script, **more):
    """The answer, or the error, that the client makes of a scripted server; and how many connections it made."""

    async def test():
        client = Client()
        async with scripted(script) as (url, seen):
            try:
                return await ask(client, url, **more), len(seen)
            finally:
                await client.aclose()

    return run(test)


def refused(script, error, **more):
    with pytest.raises(error) as caught:
        asked(script, **more)
    assert isinstance(caught.value, TransportError)
    return caught.value
