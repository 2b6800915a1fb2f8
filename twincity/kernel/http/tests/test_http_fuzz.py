"""Valid messages with random damage: whatever it is, there is a typed end to it and the next exchange is unharmed."""

from __future__ import annotations

import asyncio
import random

from twincity.kernel.http.client import Client
from twincity.kernel.http.errors import TransportError
from twincity.kernel.http.reply import Response
from twincity.kernel.http.tests.support import PATIENT, Wire, echo, read_request, run, scripted, serving, wire

ROUNDS = 3000
SPICE = [
    b"\r\n",
    b"\r",
    b"\n",
    b"\0",
    b" ",
    b":",
    b"\xff",
    b"0",
    b"-",
    b";",
    b"Transfer-Encoding: chunked\r\n",
    b"\r\n\r\n",
]
REQUESTS = [
    b"POST /a?b=c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
    b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
]
RESPONSES = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n",
    b"HTTP/1.0 404 Not Found\r\n\r\nuntil the end",
]


def damaged(chance, messages):
    """One of the messages with some bytes replaced, dropped, doubled or spiced."""
    data = bytearray(chance.choice(messages))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        end = at + chance.choice((1, 1, 2, 8))
        data[at:end] = chance.choice((b"", data[at:end] * 2, bytes([chance.randrange(256)]), chance.choice(SPICE)))
    return bytes(data)


def test_damaged_requests_are_answered_or_refused_and_never_break_the_server(caplog):
    chance = random.Random(11)

    async def one(port, data):
        async with wire(port) as peer:
            await peer.send(data)
            answer = await peer.until_closed()
            assert answer == b"" or answer.startswith(b"HTTP/1.1 "), (data, answer)

    async def test():
        limits = {"head_seconds": 0.2, "body_seconds": 0.2, "idle_seconds": 0.1}
        async with serving(echo, **limits) as listener:
            for _ in range(ROUNDS // 250):
                await asyncio.gather(*(one(listener.port, damaged(chance, REQUESTS)) for _ in range(250)))
            async with wire(listener.port) as peer:
                assert (await (await peer.send(REQUESTS[0])).response())[::2] == (200, b"hello")

    run(test)
    assert not caplog.records


def test_damaged_answers_become_answers_or_typed_errors_and_never_break_the_client(caplog):
    chance = random.Random(12)

    async def script(peer: Wire):
        await read_request(peer)
        data = damaged(chance, RESPONSES)
        cut = chance.randrange(len(data) + 1)
        await peer.send(data[:cut])
        await asyncio.sleep(0)
        await peer.send(data[cut:])

    async def test():
        client, seen = Client(), {}
        async with scripted(script) as (url, _):
            for _ in range(ROUNDS):
                try:
                    got = await client.request("GET", url, [], timeout=PATIENT, max_body=1000, idempotent=True)
                except TransportError as error:
                    got = error
                seen[type(got)] = seen.get(type(got), 0) + 1
                assert not isinstance(got, Response) or (200 <= got.status < 1000 and len(got.body) <= 1000)
        await client.aclose()
        return seen

    seen = run(test)
    assert seen.pop(Response) > 50
    assert sum(seen.values()) > 50
    assert not caplog.records
