"""Bodies in both directions: framing, back-pressure, early ends and flat memory."""

from __future__ import annotations

import asyncio

import pytest

from twincity.kernel.http.asgi import send_response
from twincity.kernel.http.client import Client, ClientLimits
from twincity.kernel.http.errors import Malformed, TimedOut, TooLarge, Unreachable
from twincity.kernel.http.tests.support import (
    MEBI,
    PATIENT,
    Wire,
    echo,
    read_request,
    resident,
    run,
    scripted,
    serving,
    until,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PIECE = bytes(64 * 1024)


async def pieces(*parts):
    for part in parts:
        yield part


async def endless(counter):
    while True:
        counter.append(len(PIECE))
        yield PIECE


def with_server(app_or_script, test, limits=None):
    """Run ``test(client, url)`` against one of our servers, or a scripted one for functions that take one argument."""

    async def both():
        client = Client(limits)
        if app_or_script.__code__.co_argcount == 1:
            async with scripted(app_or_script) as (url, _):
                await test(client, url)
                await client.aclose()
        else:
            async with serving(app_or_script) as server:
                await test(client, f"http://127.0.0.1:{server.port}/")
                await client.aclose()

    run(both)


async def counting(scope, receive, send):
    """Answers the number of bytes it got."""
    size, more = 0, scope["type"] == "http"
    while more:
        message = await receive()
        size += len(message["body"])
        more = message["more_body"]
    if scope["type"] == "http":
        await send_response(send, 200, [], str(size).encode())


async def giving(scope, receive, send):
    """Answers as many pieces as the query says."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(int(scope["query_string"])):
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize("length", [None, 10])
@pytest.mark.parametrize("parts", [(b"0123456789",), (b"01234", b"", b"56789"), tuple(b"%d" % n for n in range(10))])
def test_an_iterable_body_arrives_whole(parts, length):
    async def test(client, url):
        for _ in range(2):
            body = pieces(*parts)
            answer = await client.request("PUT", url, [], body, timeout=PATIENT, max_body=100, length=length)
            assert answer.body == b"0123456789"
        assert sum(pool.places for pool in client._pools.values()) == 1

    with_server(echo, test)


@pytest.mark.parametrize("parts", [(b"01234",), (b"0123456789", b"x")])
def test_a_body_of_another_length_than_said_is_not_passed_off_as_whole(parts):
    async def test(client, url):
        with pytest.raises(Malformed):
            await client.request("PUT", url, [], pieces(*parts), timeout=PATIENT, max_body=100, length=10)

    with_server(echo, test)


def test_nothing_is_sent_beyond_the_length_that_was_said():
    got = []

    async def script(peer: Wire):
        await peer.reader.readuntil(b"\r\n\r\n")
        got.append(await peer.until_closed())

    async def test(client, url):
        body = pieces(b"01234", b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(Malformed):
            await client.request("PUT", url, [], body, timeout=PATIENT, max_body=100, length=5)
        await until(lambda: got)
        assert got[0] in {b"01234", b""}

    with_server(script, test)


def test_a_failing_source_fails_the_request_with_its_own_error():
    async def broken():
        yield b"some"
        raise KeyError("source")

    async def test(client, url):
        with pytest.raises(KeyError, match="source"):
            await client.request("PUT", url, [], broken(), timeout=PATIENT, max_body=100)
        assert (await client.request("PUT", url, [], b"next", timeout=PATIENT, max_body=100)).body == b"next"

    with_server(echo, test)


@pytest.mark.parametrize("size", [100_000, 5 * MEBI])
def test_a_large_body_in_one_piece_arrives_whole(size):
    async def test(client, url):
        answer = await client.request("PUT", url, [], bytes(size), timeout=PATIENT, max_body=100)
        assert int(answer.body) == size

    with_server(counting, test)


def test_an_early_answer_ends_the_upload_and_the_connection():
    async def script(peer: Wire):
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await peer.until_closed()

    async def source(ended):
        try:
            while True:
                yield b"x"
                await asyncio.sleep(0)
        finally:
            ended.set()

    async def test(client, url):
        ended = asyncio.Event()
        answer = await client.request("PUT", url, [], source(ended), timeout=PATIENT, max_body=100)
        assert (answer.status, answer.body) == (413, b"no")
        assert not client._pools
        await ended.wait()

    with_server(script, test)


def test_our_own_server_tells_an_upload_beyond_its_limit():
    async def test(client, url):
        answer = await client.request("PUT", url, [], endless([]), timeout=PATIENT, max_body=1000)
        assert answer.status == 413

    with_server(echo, test)


@pytest.mark.parametrize("use", ["request", "stream"])
def test_a_peer_that_does_not_take_the_body_slows_its_source_and_is_timed_out(use):
    async def script(peer: Wire):
        peer.writer.transport.pause_reading()
        await asyncio.sleep(PATIENT)

    async def test(client, url):
        given = []
        with pytest.raises(TimedOut):
            await getattr(client, use)("PUT", url, [], endless(given), timeout=0.3, max_body=100)
        assert sum(given) < 16 * MEBI  # what the system buffers for a connection, not what there is

    with_server(script, test)


def test_a_slow_source_is_not_the_peer_s_fault():
    async def slow():
        for _ in range(3):
            await asyncio.sleep(0.3)
            yield b"x"

    async def test(client, url):
        async with await client.stream("PUT", url, [], slow(), timeout=0.8, max_body=100) as reply:
            assert await reply.read() == b"xxx"

    with_server(echo, test)


def test_a_streamed_answer_is_read_as_it_comes():
    async def script(peer: Wire):
        await read_request(peer)
        await peer.send(b"HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in b"123":
            await asyncio.sleep(0.3)
            await peer.send(b"1\r\n%c\r\n" % number)
        await peer.send(b"0\r\n\r\n")
        await peer.until_closed()

    async def test(client, url):
        reply = await client.stream("GET", url, [], timeout=0.8, max_body=100)  # less than the whole takes
        assert (reply.status, reply.header(b"x"), reply.complete) == (200, b"y", False)
        assert [piece async for piece in reply] == [b"1", b"2", b"3"]
        assert reply.complete

    with_server(script, test)


@pytest.mark.parametrize("body", [None, b"x", pieces(b"x"), bytes(100_000)])
def test_a_peer_that_takes_a_request_and_does_not_answer_is_timed_out(body):
    async def script(peer: Wire):
        await peer.until_closed()

    async def test(client, url):
        with pytest.raises(TimedOut):
            await client.stream("PUT", url, [], body, timeout=0.2, max_body=100)

    with_server(script, test)


def test_the_end_of_one_exchange_leaves_the_time_of_the_next_alone():
    async def script(peer: Wire):
        await read_request(peer)
        await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
        await asyncio.sleep(0.1)
        await peer.send(b"0\r\n\r\n")
        await peer.until_closed()

    async def test(client, url):
        reply = await client.stream("GET", url, [], timeout=PATIENT, max_body=100)
        reading = asyncio.create_task(reply.read())
        await asyncio.sleep(0)
        with pytest.raises(TimedOut):  # on the same connection, taken over in the moment the first is complete
            await client.request("GET", url, [], timeout=0.3, max_body=100)
        assert await reading == b"ok"

    with_server(script, test, ClientLimits(connections=1))


@pytest.mark.parametrize(
    ("rest", "error"),
    [(b"3\r\nabc\r\n", TimedOut), (b"zz", Malformed), (b"3\r\nabc\r\n400\r\n" + bytes(1024), TooLarge)],
)
def test_what_goes_wrong_in_a_stream_is_told_after_what_was_right(rest, error):
    async def script(peer: Wire):
        await read_request(peer)
        await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await asyncio.sleep(0.05)
        await peer.send(rest)
        await peer.until_closed()

    async def test(client, url):
        reply = await client.stream("GET", url, [], timeout=0.6, max_body=100)
        assert (await anext(reply)).startswith(b"first")
        with pytest.raises(error):
            await reply.read()
        assert not client._pools

    with_server(script, test)


def test_a_stream_cut_short_is_not_taken_for_complete():
    async def script(peer: Wire):
        await read_request(peer)
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    async def test(client, url):
        reply = await client.stream("GET", url, [], timeout=PATIENT, max_body=100)
        with pytest.raises(Unreachable):
            await reply.read()

    with_server(script, test)


def test_a_reader_that_rests_makes_the_peer_wait_and_may_rest_as_long_as_it_likes():
    sent = []

    async def script(peer: Wire):
        await read_request(peer)
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (32 * MEBI))
        for _ in range(512):
            await peer.send(PIECE)
            sent.append(len(PIECE))
        await peer.until_closed()

    async def test(client, url):
        reply = await client.stream("GET", url, [], timeout=0.6, max_body=1 << 30)
        await asyncio.sleep(0.8)
        assert sum(sent) < 16 * MEBI
        assert len(await reply.read()) == 32 * MEBI

    with_server(script, test)


@pytest.mark.parametrize("end", ["close", "with", "cancel"])
def test_a_stream_given_up_frees_its_connection(end):
    async def test(client, url):
        reply = await client.stream("GET", url + "?100000", [], timeout=PATIENT, max_body=1 << 40)
        if end == "cancel":
            task = asyncio.create_task(reply.read())
            await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.wait({task})
        elif end == "with":
            async with reply:
                await anext(reply)
        else:
            await reply.aclose()
        answer = await client.request("GET", url + "?1", [], timeout=PATIENT, max_body=MEBI)
        assert len(answer.body) == len(PIECE)

    with_server(giving, test, ClientLimits(connections=1))


def test_a_complete_stream_leaves_the_connection_to_others_even_unread():
    async def test(client, url):
        first = await client.stream("GET", url + "?1", [], timeout=PATIENT, max_body=MEBI)
        await until(lambda: first.complete)
        second = await client.stream("GET", url + "?2", [], timeout=PATIENT, max_body=MEBI)
        assert (len(await first.read()), len(await second.read())) == (len(PIECE), 2 * len(PIECE))
        assert sum(pool.places for pool in client._pools.values()) == 1

    with_server(giving, test)


def test_both_directions_can_flow_at_once():
    async def mirror(scope, receive, send):
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        more = True
        while more:
            message = await receive()
            more = message["more_body"]
            await send({"type": "http.response.body", "body": message["body"], "more_body": more})

    async def conversation(heard):
        yield b"0"
        for number in range(1, 5):
            await heard.wait()
            heard.clear()
            yield b"%d" % number

    async def test(client, url):
        heard, got = asyncio.Event(), b""
        async with await client.stream("PUT", url, [], conversation(heard), timeout=PATIENT, max_body=100) as reply:
            async for piece in reply:
                got += piece
                heard.set()
        assert got == b"01234"

    with_server(mirror, test)


def test_two_hundred_megabytes_pass_each_way_in_flat_memory():
    total = 200 * MEBI

    async def source():
        for _ in range(total // len(PIECE)):
            yield PIECE

    async def test(client, url):
        before, peak, size = resident(), 0, 0
        reply = await client.stream("GET", f"{url}?{total // len(PIECE)}", [], timeout=PATIENT, max_body=total)
        async for piece in reply:
            size += len(piece)
            peak = max(peak, resident())
        assert size == total
        assert peak - before < 16 * MEBI

    async def test_up(client, url):
        before = resident()
        answer = await client.request("PUT", url, [], source(), timeout=PATIENT, max_body=100)
        assert int(answer.body) == total
        assert resident() - before < 16 * MEBI

    with_server(giving, test)
    with_server(counting, test_up)
