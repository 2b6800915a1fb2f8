"""The server against peers that are wrong, too big, too slow or too many."""

from __future__ import annotations

import asyncio
import contextlib

import orjson
import pytest

from twincity.kernel.http.asgi import read_body, send_response
from twincity.kernel.http.tests.support import (
    GET,
    PATIENT,
    answer_to,
    echo,
    post,
    problem_of,
    resident,
    run,
    serving,
    until,
    wire,
)
from twincity.kernel.problems import NOT_FOUND, Problem


def test_requests_are_answered_on_one_connection():
    async def test():
        async with serving(echo) as listener, wire(listener.port) as peer:
            for body in (b"", b"x", b"y" * 100_000):
                status, headers, answer = await (await peer.send(post(body))).response()
                assert (status, answer) == (200, body)
                assert b"server" not in headers
                assert b"date" in headers

    run(test)


MALFORMED = {
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00",
    "nothing of a request line": b"hello\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "length and chunked": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "chunked in 1.0": b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding that is not chunked": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    "negative length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "length with a sign": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx",
    "folded header": b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
    "space before the colon": b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
    "bare line feeds": b"GET / HTTP/1.1\nHost: a\n\n",
    "no colon": b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    "bad chunk size": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "chunk longer than said": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    "huge chunk size": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n",
    "control character in the target": b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
    "high byte in the target": b"GET /\xe4 HTTP/1.1\r\nHost: a\r\n\r\n",
    "absolute target without a path": b"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/2 by prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_malformed_requests_are_told_so_and_disconnected(data):
    assert problem_of(run(lambda: answer_to(data))) == (400, "bad-request")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
        (b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: 1\r\n" * 50 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 5000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 300_000, 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a" * 300_000, 431),
        (b"\r\n" * 10_000, 431),
    ],
)
def test_what_is_beyond_a_limit_is_named_and_disconnected(data, status):
    answer = run(lambda: answer_to(data, target_bytes=2000, head_bytes=4000, head_fields=40))
    assert problem_of(answer)[0] == status


def test_a_body_beyond_the_limit_is_refused_while_it_is_still_coming():
    async def test():
        async with serving(echo) as listener, wire(listener.port) as peer:
            await peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            sending = asyncio.create_task(flood(peer, b"10000\r\n" + bytes(0x10000) + b"\r\n"))
            status, _, body = await peer.response()
            assert (status, orjson.loads(body)["code"]) == (413, "too-large")
            assert await peer.until_closed() == b""
            sending.cancel()

    async def flood(peer, piece):
        while not peer.writer.is_closing():
            await peer.send(piece)

    run(test)


def test_a_peer_that_goes_on_after_a_refusal_hears_nothing_more_and_is_cut(caplog):
    async def test():
        async with serving(echo, linger_seconds=60) as listener, wire(listener.port) as peer:
            await peer.send(b"garbage\r\n\r\n")
            sending = asyncio.create_task(flood(peer))
            answer = await peer.until_closed()
            await sending
            return answer

    async def flood(peer):
        while not peer.writer.is_closing():
            await peer.send(GET * 100)

    assert problem_of(run(test)) == (400, "bad-request")
    assert not caplog.records


def test_an_application_reading_a_bad_body_is_told_and_cannot_answer_after_the_refusal():
    ended = asyncio.Event()

    async def app(scope, receive, send):
        if scope["type"] == "http":
            while (await receive())["type"] != "http.disconnect":
                pass
            await send_response(send, 200, [], b"late")
            ended.set()

    async def test():
        async with serving(app, linger_seconds=60) as listener, wire(listener.port) as peer:
            await peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n")
            await ended.wait()
            return await peer.until_closed()

    assert problem_of(run(test)) == (400, "bad-request")


def test_a_bad_body_behind_the_beginning_of_an_answer_breaks_it():
    begun = asyncio.Event()

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            begun.set()
            while (await receive())["type"] != "http.disconnect":
                pass

    async def test():
        async with serving(app) as listener, wire(listener.port) as peer:
            await peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            await begun.wait()
            await peer.send(b"zz\r\n")
            return await peer.until_closed()

    answer = run(test)
    assert answer.count(b"HTTP/1.1") <= 1
    assert b"problem" not in answer


def test_a_declared_body_beyond_the_limit_is_refused_before_it_comes():
    async def test():
        async with serving(echo) as listener, wire(listener.port) as peer:
            await peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")
            return (await peer.response())[0]

    assert run(test) == 413


@pytest.mark.parametrize("data", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\nX:", b"\r\n"])
def test_a_head_that_does_not_come_ends_with_408(data):
    assert problem_of(run(lambda: answer_to(data, head_seconds=0.1))) == (408, "timeout")


@pytest.mark.parametrize("piece", [b"X: y\r\n", b"x", b"\r\n"])
def test_a_head_that_drips_ends_with_408(piece):
    async def test():
        async with serving(echo, head_seconds=0.2) as listener, wire(listener.port) as peer:
            await peer.send(b"" if piece == b"\r\n" else b"GET / HTTP/1.1\r\nHost: a\r\n")
            dripping = asyncio.create_task(drip(peer))
            answer = await peer.until_closed()
            dripping.cancel()
            return answer

    async def drip(peer):
        while True:
            await peer.send(piece)
            await asyncio.sleep(0.02)

    assert problem_of(run(test)) == (408, "timeout")


def test_a_later_head_is_timed_too_and_an_idle_connection_is_closed_without_a_word():
    async def test(after):
        async with serving(echo, head_seconds=0.2, idle_seconds=0.1) as listener, wire(listener.port) as peer:
            assert (await (await peer.send(post(b"x"))).response())[0] == 200
            return await (await peer.send(after)).until_closed()

    assert problem_of(run(lambda: test(b"GET / "))) == (408, "timeout")
    assert run(lambda: test(b"")) == b""


@pytest.mark.parametrize(
    "data",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: never",
    ],
)
def test_a_body_that_stalls_ends_with_408(data):
    assert problem_of(run(lambda: answer_to(data, body_seconds=0.1))) == (408, "timeout")


def test_a_body_may_take_longer_than_a_head_while_it_moves():
    async def test():
        async with serving(echo, head_seconds=0.3) as listener, wire(listener.port) as peer:
            await peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n")
            for _ in range(6):
                await asyncio.sleep(0.1)
                await peer.send(b"x")
            return await peer.response()

    assert run(test)[::2] == (200, b"x" * 6)


def test_a_body_has_a_time_in_all():
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send_response(send, 200, [], await read_body(scope, receive, 100, 0.1))

    async def test():
        async with serving(app) as listener, wire(listener.port) as peer:
            await peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
            return await peer.response()

    status, _, body = run(test)
    assert (status, orjson.loads(body)["code"]) == (408, "timeout")


def test_a_slow_application_is_not_taken_for_a_slow_peer():
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await asyncio.sleep(0.3)
            await send_response(send, 200, [], await read_body(scope, receive, 1 << 20, PATIENT))

    async def test():
        limits = {"body_seconds": 0.1, "head_seconds": 0.1, "idle_seconds": 0.1}
        async with serving(app, **limits) as listener, wire(listener.port) as peer:
            return (await (await peer.send(post(bytes(500_000)))).response())[0]

    assert run(test) == 200


def test_a_peer_that_does_not_read_is_cut_off_and_the_application_released():
    released = asyncio.Event()

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            with contextlib.suppress(Exception):
                while (await asyncio.wait_for(receive(), 0.001))["type"] != "http.disconnect":
                    pass
            for _ in range(10_000):
                await send({"type": "http.response.body", "body": bytes(1 << 16), "more_body": True})
            released.set()

    async def test():
        async with serving(app, write_seconds=0.2) as listener, wire(listener.port) as peer:
            peer.writer.transport.pause_reading()
            await peer.send(GET)
            await released.wait()
            await until(lambda: not listener.connections)

    run(test)


def test_connections_beyond_the_cap_are_told_503_and_further_ones_just_closed():
    async def test():
        async with (
            serving(echo, connections=2, refused=1, linger_seconds=5) as listener,
            contextlib.AsyncExitStack() as all_,
        ):
            peers = [await all_.enter_async_context(wire(listener.port)) for _ in range(2)]
            for peer in peers:
                assert (await (await peer.send(post(b"x"))).response())[0] == 200
            refused = await all_.enter_async_context(wire(listener.port))
            status, headers, _ = await (await refused.send(GET)).response()
            assert (status, headers[b"retry-after"]) == (503, b"1")
            cut = await all_.enter_async_context(wire(listener.port))
            assert await cut.until_closed() == b""
            assert (await (await peers[0].send(post(b"still served"))).response())[2] == b"still served"

    run(test)


def test_pipelined_requests_are_answered_in_order():
    async def test():
        async with serving(echo) as listener, wire(listener.port) as peer:
            await peer.send(b"".join(post(b"%d" % number) for number in range(10)))
            return [(await peer.response())[2] for _ in range(10)]

    assert run(test) == [b"%d" % number for number in range(10)]


@pytest.mark.parametrize("second", [b"garbage\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 300_000])
def test_a_fault_behind_a_good_request_does_not_answer_it(second):
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await asyncio.sleep(0.1)
            await send_response(send, 200, [], b"good")

    async def test():
        async with serving(app) as listener, wire(listener.port) as peer:
            await peer.send(GET + second)
            answer = await peer.response(), await peer.until_closed()
            return answer[0][0], answer[0][2], answer[1]

    assert run(test) == (200, b"good", b"")


def test_a_flood_of_pipelined_requests_is_not_kept():
    served = 0

    async def app(scope, receive, send):
        nonlocal served
        if scope["type"] == "http":
            served += 1
            await asyncio.sleep(0.01)
            await send_response(send, 200, [])

    answer = run(lambda: answer_to(GET * 5000, app, pipelined=4))
    assert answer.count(b"HTTP/1.1 200") == served < 10


def test_trailers_do_not_become_headers():
    seen = {}

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await read_body(scope, receive, 100, PATIENT)
            seen.update(scope["headers"])
            await send_response(send, 200, [])

    chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert run(lambda: answer_to(chunked + b"1\r\na\r\n0\r\nAuthorization: me\r\n\r\n", app)).startswith(
        b"HTTP/1.1 200"
    )
    assert set(seen) == {b"host", b"transfer-encoding", b"connection"}


async def not_found(scope, receive, send):
    if scope["type"] == "http":
        raise Problem(NOT_FOUND, what="x")


PUT = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"


def test_a_small_rest_of_a_refused_body_leaves_the_connection_usable():
    async def test():
        limits = {"idle_seconds": 0.2, "linger_seconds": 60}
        async with serving(not_found, **limits) as listener, wire(listener.port) as peer:
            for rest in (b"abcde" + GET, b""):
                assert (await (await peer.send(PUT if rest else b"")).response())[0] == 404
                await peer.send(rest)
            await peer.send(PUT)
            assert (await peer.response())[0] == 404
            assert await (await peer.send(b"abcde")).until_closed() == b""

    run(test)


def test_a_rest_of_a_refused_body_that_does_not_come_is_not_waited_for():
    async def test():
        async with serving(not_found) as listener, wire(listener.port) as peer:
            assert (await (await peer.send(PUT)).response())[0] == 404
            assert await peer.until_closed() == b""

    run(test)


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_a_wish_to_upgrade_is_ignored_and_the_body_kept(method):
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    body = b"hello" if method == b"POST" else b""
    request = post(body, upgrade).replace(b"POST", method)

    async def test():
        async with serving(echo) as listener, wire(listener.port) as peer:
            for _ in range(2):
                assert (await (await peer.send(request)).response())[::2] == (200, body)
            await peer.send(request[:-3])
            await asyncio.sleep(0.05)
            assert (await (await peer.send(request[-3:])).response())[::2] == (200, body)

    run(test)


def test_thousands_of_bad_requests_leave_no_memory_behind():
    bad = [*MALFORMED.values(), GET * 300, GET + b"X: " + b"a" * 40_000, b"GET /" + b"a" * 9000, post(b"x" * 50)[:-10]]

    async def send_one(port, data):
        async with wire(port) as peer:
            await peer.send(data)
            await peer.until_closed()

    async def rounds(port, number):
        for _ in range(number):
            await asyncio.gather(*(send_one(port, data) for data in bad * 5))

    async def test():
        async with serving(echo, head_seconds=0.05, body_seconds=0.05, linger_seconds=0.05) as listener:
            await rounds(listener.port, 6)
            before = resident()
            await rounds(listener.port, 20)
            await until(lambda: not listener.connections)
            return resident() - before

    assert run(test) < 6 << 20  # over two thousand connections; a kilobyte each would be allowed
