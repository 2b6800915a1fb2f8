"""The client against servers that lie, stall, close, flood, or are simply busy."""

from __future__ import annotations

import asyncio
import socket

import pytest

from twincity.kernel.http.client import Client, ClientLimits
from twincity.kernel.http.errors import Malformed, TimedOut, TooLarge, Unreachable
from twincity.kernel.http.tests.support import (
    CHUNKED,
    OK,
    Wire,
    answering,
    ask,
    asked,
    echo,
    read_request,
    refused,
    run,
    scripted,
    serving,
    until,
)

# --- answers ----------------------------------------------------------------------------------------------------------


def test_a_request_arrives_as_it_was_given_and_so_does_the_answer():
    async def script(peer: Wire):
        request = await read_request(peer)
        await peer.send(b"HTTP/1.1 418 Teapot\r\nX-One: a\r\nx-one: b\r\nContent-Length: %d\r\n\r\n" % len(request))
        await peer.send(request)

    answer, _ = asked(script, method="POST", headers=[(b"X-Sent", "中".encode())], body=b"data")
    port = answer.body.split(b"127.0.0.1:")[1].split(b"\r\n")[0]
    expected = b"POST / HTTP/1.1\r\nhost: 127.0.0.1:%b\r\nX-Sent: \xe4\xb8\xad\r\ncontent-length: 4\r\n\r\ndata"
    assert (answer.status, answer.body) == (418, expected % port)
    assert answer.headers[:2] == [(b"x-one", b"a"), (b"x-one", b"b")]
    assert (answer.header(b"x-one"), answer.header(b"x-two")) == (b"a", None)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (OK, b"ok"),
        (CHUNKED + b"1\r\na\r\n3;note=x\r\nbcd\r\n0\r\n\r\n", b"abcd"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.0 200 OK\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", b""),
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
def test_every_way_to_frame_a_body_is_understood(data, body):
    answer, _ = asked(answering(data))
    assert answer.body == body
    assert answer.status == int(data.rsplit(b"HTTP/1.", 1)[1][2:5])
    assert not answer.header(b"link")


@pytest.mark.parametrize("size", [1, 2, 7])
def test_an_answer_may_come_in_any_pieces(size):
    data = CHUNKED + b"5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n"

    async def script(peer: Wire):
        await read_request(peer)
        for at in range(0, len(data), size):
            await peer.send(data[at : at + size])
            await asyncio.sleep(0)

    answer, _ = asked(script)
    assert answer.body == b"hello world"
    assert answer.header(b"x-trailer") is None


def test_a_head_request_has_no_body():
    answer, _ = asked(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"), method="HEAD")
    assert (answer.status, answer.header(b"content-length"), answer.body) == (200, b"1000000", b"")
    assert asked(answering(OK), method="HEAD")[0].body == b""  # not even from a peer that sends one


# --- wrong answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x50",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200 OK\r\nX : 1\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nsecret",
        CHUNKED + b"zz\r\nok",
        CHUNKED + b"1\r\nok\r\n0\r\n\r\n",
    ],
)
def test_what_is_not_http_is_malformed(data):
    assert refused(answering(data), Malformed).permanent


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3000,
        CHUNKED + b"1;" + b"x" * 400_000,
        CHUNKED + b"1\r\na\r\n0\r\nX: " + b"a" * 400_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + b"a" * 1001,
        CHUNKED + b"3e9\r\n" + b"a" * 1001 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 5000,
    ],
)
def test_what_never_ends_or_is_beyond_its_limit_is_too_large(data):
    async def script(peer: Wire):
        await read_request(peer)
        for at in range(0, len(data), 10_000):
            await peer.send(data[at : at + 10_000])
        await peer.until_closed()

    assert refused(script, TooLarge).permanent


@pytest.mark.parametrize(
    "data",
    [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\n", OK[:-1], CHUNKED, CHUNKED + b"2\r\no", CHUNKED + b"2\r\nok\r\n"],
)
def test_an_answer_cut_short_is_unreachable_and_may_be_tried_again(data):
    error = refused(answering(data), Unreachable)
    assert not error.permanent
    assert not error.stale


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\nX:", OK[:-1], CHUNKED + b"1\r\n"])
def test_an_answer_that_stalls_is_timed_out(data):
    async def script(peer: Wire):
        await read_request(peer)
        await peer.send(data)
        await peer.until_closed()

    assert not refused(script, TimedOut, timeout=0.1).permanent


def test_an_answer_that_drips_has_a_time_in_all():
    async def script(peer: Wire):
        await read_request(peer)
        await peer.send(CHUNKED)
        while not peer.writer.is_closing():
            await peer.send(b"1\r\na\r\n")
            await asyncio.sleep(0.01)

    refused(script, TimedOut, timeout=0.2)


def test_nobody_at_home_is_unreachable():
    async def test():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            with pytest.raises(Unreachable):
                await ask(Client(), f"http://127.0.0.1:{free.getsockname()[1]}/")

    run(test)


# --- kept connections -------------------------------------------------------------------------------------------------


def test_a_connection_is_kept_and_used_again():
    async def test():
        client = Client()
        async with scripted(answering(OK, OK, OK)) as (url, seen):
            for _ in range(3):
                assert (await ask(client, url)).body == b"ok"
            assert len(seen) == 1
            await client.aclose()

    run(test)


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + OK,  # as if the peer answered a request that was smuggled in
        OK + b"x",
    ],
)
def test_a_doubtful_connection_is_not_used_again(first):
    async def test():
        client = Client()
        async with scripted(answering(first, OK)) as (url, seen):
            assert (await ask(client, url)).body == b"ok"
            assert (await ask(client, url)).body == b"ok"
            assert len(seen) == 2
            await client.aclose()

    run(test)


def test_words_nobody_asked_for_are_not_taken_for_an_answer():
    async def script(peer: Wire):
        await read_request(peer)
        await peer.send(OK)
        await asyncio.sleep(0.02)
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")
        await peer.until_closed()

    async def test():
        client = Client()
        async with scripted(script) as (url, seen):
            await ask(client, url)
            await asyncio.sleep(0.1)
            assert (await ask(client, url)).body == b"ok"
            assert len(seen) == 2
            await client.aclose()

    run(test)


class Forgetful:
    """Answers the first request of each connection and closes silently at the second, having read it."""

    def __init__(self, forgotten):
        self.forgotten, self.requests = forgotten, 0

    async def __call__(self, peer: Wire):
        await read_request(peer)
        self.requests += 1
        if self.forgotten and self.requests == 3:
            return  # the retry is dropped as well
        await peer.send(OK)
        await read_request(peer)
        self.requests += 1


@pytest.mark.parametrize("body", [None, b"data"])
def test_a_stale_connection_is_replaced_once_for_a_request_that_may_arrive_twice(body):
    async def test():
        client, server = Client(), Forgetful(forgotten=False)
        async with scripted(server) as (url, seen):
            await ask(client, url, method="POST")
            assert (await ask(client, url, method="POST", body=body, idempotent=True)).body == b"ok"
            assert (server.requests, len(seen)) == (3, 2)
            await client.aclose()

    run(test)


def test_there_is_no_third_attempt():
    async def test():
        client, server = Client(), Forgetful(forgotten=True)
        async with scripted(server) as (url, seen):
            await ask(client, url)
            with pytest.raises(Unreachable):
                await ask(client, url, idempotent=True)
            assert (server.requests, len(seen)) == (3, 2)
            await client.aclose()

    run(test)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200", OK[:-1]])
def test_an_answer_that_broke_off_is_not_asked_for_again(answer):
    async def test():
        client = Client()
        async with scripted(answering(OK, answer)) as (url, seen):
            await ask(client, url)
            with pytest.raises(Unreachable) as caught:
                await ask(client, url, idempotent=True)
            assert (caught.value.stale, len(seen)) == (False, 1)
            await client.aclose()

    run(test)


async def pieces(*parts):
    for part in parts:
        yield part


@pytest.mark.parametrize(("body", "idempotent"), [(None, False), (pieces(b"x"), True)])
def test_what_may_not_or_cannot_be_sent_twice_is_not(body, idempotent):
    async def test():
        client, server = Client(), Forgetful(forgotten=False)
        async with scripted(server) as (url, seen):
            await ask(client, url)
            with pytest.raises(Unreachable) as caught:
                await ask(client, url, method="POST", body=body, idempotent=idempotent)
            assert caught.value.stale
            assert len(seen) == 1
            await client.aclose()

    run(test)


def test_an_idle_connection_is_closed():
    async def test():
        client = Client(ClientLimits(idle=0.05))
        async with scripted(answering(OK, OK)) as (url, seen):
            await ask(client, url)
            await until(seen[0].reader.at_eof)
            await ask(client, url)
            assert len(seen) == 2
            await client.aclose()

    run(test)


# --- the pool ---------------------------------------------------------------------------------------------------------


class Counting:
    """An application that holds requests until told and knows how many there were at a time."""

    def __init__(self):
        self.order, self.now, self.most, self.go = [], 0, 0, asyncio.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            self.order.append(scope["path"])
            self.now += 1
            self.most = max(self.most, self.now)
            await self.go.wait()
            self.now -= 1
            await echo(scope, receive, send)


def test_connections_are_bounded_and_waiters_served_in_order():
    async def test():
        app, client = Counting(), Client(ClientLimits(connections=3))
        async with serving(app) as server:
            url = f"http://127.0.0.1:{server.port}/"
            tasks = [asyncio.create_task(ask(client, f"{url}{number:02}")) for number in range(12)]
            await until(lambda: app.now == 3)
            app.go.set()
            assert {answer.status for answer in await asyncio.gather(*tasks)} == {200}
            assert (app.most, server.connections) == (3, 3)
            assert sorted(app.order[:3]) + app.order[3:] == [f"/{number:02}" for number in range(12)]
            await client.aclose()

    run(test)


def test_waiting_is_bounded_in_number_and_time():
    async def test():
        app, client = Counting(), Client(ClientLimits(connections=1, waiting=2))
        async with serving(app) as server:
            url = f"http://127.0.0.1:{server.port}/"
            first = asyncio.create_task(ask(client, url))
            await until(lambda: app.now)
            waiting = [asyncio.create_task(ask(client, url, timeout=0.1)) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(Unreachable):
                await ask(client, url)
            assert [type(error) for error in await asyncio.gather(*waiting, return_exceptions=True)] == [TimedOut] * 2
            app.go.set()
            assert (await first).status == (await ask(client, url)).status == 200
            await client.aclose()

    run(test)


def test_giving_up_frees_the_place():
    async def test():
        app, client = Counting(), Client(ClientLimits(connections=2))
        async with serving(app) as server:
            url = f"http://127.0.0.1:{server.port}/"
            tasks = [asyncio.create_task(ask(client, url)) for _ in range(6)]
            await until(lambda: app.now == 2)
            for task in tasks[:5]:
                task.cancel()
            await asyncio.wait(tasks[:5])
            app.go.set()
            assert (await tasks[5]).status == (await ask(client, url)).status == 200
            await client.aclose()
            assert not client._pools

    run(test)


def test_waiters_survive_a_server_that_closes_each_connection():
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"

    async def test():
        client = Client(ClientLimits(connections=2))
        async with scripted(answering(closing)) as (url, seen):
            answers = await asyncio.gather(*(ask(client, url) for _ in range(20)))
            assert ({answer.body for answer in answers}, len(seen)) == ({b"ok"}, 20)
            assert not client._pools
            await client.aclose()

    run(test)


def test_closing_the_client_ends_everything_and_it_can_be_used_again():
    async def test():
        app, client = Counting(), Client(ClientLimits(connections=1))
        async with serving(app) as server:
            url = f"http://127.0.0.1:{server.port}/"
            tasks = [asyncio.create_task(ask(client, url)) for _ in range(3)]
            await until(lambda: app.now == 1)
            await client.aclose()
            assert [type(error) for error in await asyncio.gather(*tasks, return_exceptions=True)] == [Unreachable] * 3
            app.go.set()
            assert (await ask(client, url)).status == 200
            await client.aclose()

    run(test)
