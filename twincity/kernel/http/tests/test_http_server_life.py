"""The server's life: how it serves an application that fails, starts, stops and ends."""

from __future__ import annotations

import asyncio
import socket

import orjson
import pytest

from twincity.kernel.http.asgi import send_response
from twincity.kernel.http.server import ServerFailedError, serve
from twincity.kernel.http.tests.support import (
    GET,
    answer_to,
    echo,
    post,
    run,
    serving,
    wire,
)
from twincity.kernel.problems import NOT_FOUND, Problem


def test_http_1_0_is_answered_and_closed():
    answer = run(lambda: answer_to(b"GET / HTTP/1.0\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 200")


def test_problems_and_failures_of_the_application_are_answered_as_problems(caplog):
    async def app(scope, receive, send):
        if scope["type"] == "http":
            raise KeyError("secret") if scope["path"] == "/bug" else Problem(NOT_FOUND, what="dataset")

    async def test():
        async with serving(app) as listener, wire(listener.port) as peer:
            await peer.send(b"GET /bug HTTP/1.1\r\nHost: a\r\nAccept-Language: en\r\n\r\n")
            bug = await peer.response()
            return bug, await (await peer.send(GET)).response()

    (status, headers, body), (other, _, _) = run(test)
    document = orjson.loads(body)
    assert (status, other) == (500, 404)
    assert headers[b"content-language"] == b"en"
    assert document["incident"] in caplog.text
    assert "secret" not in body.decode()


def test_a_failure_in_the_middle_of_an_answer_breaks_it_visibly():
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise Problem(NOT_FOUND, what="rest")

    assert run(lambda: answer_to(GET, app)).endswith(b"4\r\nhalf\r\n")


def test_stopping_lets_running_requests_end_and_closes_idle_connections():
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await asyncio.sleep(0.2)
            await send_response(send, 200, [], b"done")

    async def test():
        async with serving(app) as listener, wire(listener.port) as busy, wire(listener.port) as idle:
            await busy.send(GET)
            await asyncio.sleep(0.05)
            stopping = asyncio.create_task(listener.stop())
            answer = await busy.response()
            assert (answer[0], answer[2], answer[1][b"connection"]) == (200, b"done", b"close")
            assert await idle.until_closed() == b""
            await stopping
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", listener.port)

    run(test)


def test_a_request_that_never_ends_is_answered_when_the_server_stops():
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await asyncio.sleep(3600)

    async def test():
        async with serving(app) as listener, wire(listener.port) as peer:
            await peer.send(GET)
            await asyncio.sleep(0.05)
            await listener.stop()
            return await peer.response()

    status, _, body = run(test)
    assert (status, orjson.loads(body)["code"]) == (503, "unavailable")


def test_a_failing_start_is_told():
    async def app(scope, receive, send):
        raise RuntimeError("no disk")

    async def test():
        with pytest.raises(ServerFailedError):
            await serve(app)

    run(test)


def test_lifespan_events_reach_the_application():
    seen = []

    async def app(scope, receive, send):
        while scope["type"] == "lifespan":
            seen.append((await receive())["type"])
            await send({"type": seen[-1] + ".complete"})
            if seen[-1] == "lifespan.shutdown":
                return

    async def test():
        async with serving(app):
            assert seen == ["lifespan.startup"]

    run(test)
    assert seen == ["lifespan.startup", "lifespan.shutdown"]


def test_a_taken_port_is_told_and_a_socket_can_be_given():
    async def test():
        sock = socket.create_server(("127.0.0.1", 0))
        with pytest.raises(OSError, match="in use"):
            await serve(echo, port=sock.getsockname()[1])
        listener = await serve(echo, sock=sock)
        assert listener.port == sock.getsockname()[1]
        async with wire(listener.port) as peer:
            assert (await (await peer.send(post(b"x"))).response())[0] == 200
        await listener.stop()

    run(test)
