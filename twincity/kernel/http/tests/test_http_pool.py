"""The pool and the connection on their own, with what is below them made up, in orders a network rarely shows."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.kernel.http.connection import Connection
from twincity.kernel.http.errors import Unreachable
from twincity.kernel.http.pool import Pool
from twincity.kernel.http.reply import HIGH_WATER, Reply


class Fake:
    """A connection as far as the pool is concerned."""

    def __init__(self, pool):
        self.open, self.pool = True, pool

    def idle(self, seconds):
        pass

    def close(self):
        if self.open:
            self.open = False
            self.pool.forget(self)


class Bench:
    """A pool of two over fakes; ``gate`` holds connecting, ``failing`` makes it fail."""

    def __init__(self, size=2):
        self.opened, self.emptied, self.failing = [], 0, False
        self.gate = asyncio.Event()
        self.gate.set()
        self.pool = Pool(self.connect, size=size, waiting=100, idle=9, emptied=self.count)

    def count(self):
        self.emptied += 1

    async def connect(self):
        await self.gate.wait()
        if self.failing:
            raise Unreachable("made up")
        self.opened.append(Fake(self.pool))
        return self.opened[-1]

    async def ask(self, *, fresh=False):
        task = asyncio.create_task(self.pool.acquire(fresh=fresh))
        await turn()
        return task


async def turn():
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_connection_that_closes_on_its_way_to_a_waiter_is_replaced():
    async def test():
        bench = Bench(size=1)
        first = await (await bench.ask())
        waiter = await bench.ask()
        bench.pool.give_back(first)
        first.close()
        second = await waiter
        assert second.open
        assert second is not first
        assert bench.pool.places == 1

    asyncio.run(test())


@pytest.mark.parametrize("closing", [False, True])
def test_a_waiter_that_gives_up_at_the_last_moment_passes_its_turn_on(closing):
    async def test():
        bench = Bench(size=1)
        first = await (await bench.ask())
        one, two = await bench.ask(), await bench.ask()
        if closing:
            first.close()
        else:
            bench.pool.give_back(first)
        one.cancel()
        assert (await two).open
        assert bench.pool.places == 1

    asyncio.run(test())


def test_a_failure_to_connect_gives_the_place_to_the_next():
    async def test():
        bench = Bench(size=1)
        bench.gate.clear()
        bench.failing = True
        one, two = await bench.ask(), await bench.ask()
        bench.gate.set()
        with pytest.raises(Unreachable):
            await one
        with pytest.raises(Unreachable):
            await two
        assert (bench.pool.places, bench.emptied) == (0, 1)

    asyncio.run(test())


def test_a_peer_that_closes_at_once_is_unreachable_and_holds_no_place():
    class Shutting(Bench):
        async def connect(self):
            connection = await super().connect()
            connection.close()
            return connection

    async def test():
        bench = Shutting()
        with pytest.raises(Unreachable, match="at once"):
            await bench.pool.acquire(fresh=False)
        assert bench.pool.places == 0

    asyncio.run(test())


def test_a_fresh_connection_takes_the_place_of_an_idle_one():
    async def test():
        bench = Bench()
        for connection in [await (await bench.ask()), await (await bench.ask())]:
            bench.pool.give_back(connection)
        fresh = await bench.pool.acquire(fresh=True)
        assert fresh is bench.opened[2]
        assert (bench.opened[0].open, bench.opened[1].open, bench.pool.places) == (False, True, 2)

    asyncio.run(test())


@given(st.lists(st.tuples(st.sampled_from(["ask", "fresh", "back", "close", "cancel"]), st.integers(0, 9))))
def test_places_are_never_exceeded_and_every_waiter_is_served(steps):
    async def test():
        bench, tasks = Bench(size=3), []
        for action, number in steps:
            held = [task.result() for task in tasks if task.done() and not task.cancelled() and task.result().open]
            busy = [connection for connection in held if connection in bench.pool._busy]
            if action in {"ask", "fresh"}:
                tasks.append(await bench.ask(fresh=action == "fresh"))
            elif action == "cancel" and tasks:
                tasks[number % len(tasks)].cancel()
            elif busy:
                connection = busy[number % len(busy)]
                connection.close() if action == "close" else bench.pool.give_back(connection)
            if number % 2:
                await turn()
            assert bench.pool.places <= 3
        while waiting := [task for task in tasks if not task.done()]:
            await turn()
            for connection in list(bench.pool._busy)[:1]:
                connection.close()
        assert not waiting

    asyncio.run(asyncio.wait_for(test(), 20))


class Pipe:
    """A transport as far as a connection is concerned."""

    def __init__(self):
        self.reading, self.closed = True, False

    def write(self, data):
        pass

    def is_closing(self):
        return self.closed

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True

    def abort(self):
        self.closed = True


def test_reading_is_paused_for_the_reader_in_charge_only():
    async def test():
        released, pipe = [], Pipe()
        connection = Connection(asyncio.get_running_loop(), released.append, released.append)
        connection.connection_made(pipe)
        body = bytes(HIGH_WATER + 1)
        replies = [Reply(connection, "GET", 1 << 30, 9.0) for _ in range(2)]
        connection.begin(replies[0], b"")
        connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert replies[0].complete
        assert (pipe.reading, released) == (True, [connection])  # paused by the last bytes, free for the next exchange
        connection.begin(replies[1], b"")
        connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * len(body)) + body)
        assert not pipe.reading
        assert await anext(replies[0]) == body
        assert not pipe.reading
        assert await anext(replies[1]) == body
        assert pipe.reading
        connection.close()

    asyncio.run(test())


def test_an_upload_ends_with_its_connection():
    async def test():
        connection = Connection(asyncio.get_running_loop(), lambda _: None, lambda _: None)
        connection.connection_made(Pipe())
        connection.begin(Reply(connection, "PUT", 9, None), b"")
        upload = asyncio.create_task(asyncio.sleep(60))
        connection.upload(upload)
        connection.close()
        await asyncio.wait({upload}, timeout=5)
        assert upload.cancelled()

    asyncio.run(test())
