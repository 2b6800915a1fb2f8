"""The connections to one origin: bounded, reused last in first out, waited for first in first out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from twincity.kernel.http.connection import Connection
from twincity.kernel.http.errors import Unreachable


class Pool:
    """Hands out connections and takes them back.

    Args:
        connect: opens one, or raises.
        size: connections that may be open at a time.
        waiting: callers that may wait for one.
        idle: seconds after which an unused one is closed.
        emptied: called when neither connections nor callers are left.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        *,
        size: int,
        waiting: int,
        idle: float,
        emptied: Callable[[], object],
    ) -> None:
        self._connect, self._size, self._max_waiting = connect, size, waiting
        self._idle_seconds, self._emptied = idle, emptied
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._opening = 0
        self._waiters: deque[asyncio.Future[Connection | None]] = deque()

    @property
    def places(self) -> int:
        """Connections that are open or being opened."""
        return len(self._idle) + len(self._busy) + self._opening

    def take(self) -> Connection | None:
        """An idle connection, if there is one; then nobody waits either."""
        if not self._idle:
            return None
        connection = self._idle.pop()
        self._busy.add(connection)
        return connection

    async def acquire(self, *, fresh: bool) -> Connection:
        """A connection, a new one if ``fresh``.

        Raises:
            TransportError: when it cannot be opened, or too many wait already.
        """
        if not fresh and (connection := self.take()):
            return connection
        if fresh and self._idle:
            self._opening += 1
            self._idle[0].close()  # the oldest makes room, it is as doubtful as the one that just failed
            return await self._connect_counted()
        while self.places >= self._size:
            given = await self._wait()
            if given is None:
                return await self._connect_counted()
            if given.open and not fresh:
                return given
            given.close()
        self._opening += 1
        return await self._connect_counted()

    async def _wait(self) -> Connection | None:
        """Wait for a turn: a connection to use, or None with the right, already counted, to open one."""
        if len(self._waiters) >= self._max_waiting:
            raise Unreachable(f"{self._max_waiting} requests wait for a connection to this host already")
        turn: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on(turn.result())
            raise

    def _pass_on(self, given: Connection | None) -> None:
        if given is not None:
            self.give_back(given)
        else:
            self._opening -= 1
            self._next_may_open()

    async def _connect_counted(self) -> Connection:
        try:
            connection = await self._connect()
        except BaseException:
            self._opening -= 1
            self._next_may_open()
            raise
        self._opening -= 1
        self._busy.add(connection)
        if not connection.open:
            self.forget(connection)
            raise Unreachable("the peer closed the connection at once")
        return connection

    def give_back(self, connection: Connection) -> None:
        """An exchange is over; the one who waited longest is next."""
        while self._waiters:
            turn = self._waiters.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        self._busy.discard(connection)
        self._idle.append(connection)
        connection.idle(self._idle_seconds)

    def forget(self, connection: Connection) -> None:
        """A connection is closed."""
        if connection in self._busy:
            self._busy.remove(connection)
        elif connection in self._idle:
            self._idle.remove(connection)
        self._next_may_open()

    def _next_may_open(self) -> None:
        while self._waiters and self.places < self._size:
            turn = self._waiters.popleft()
            if not turn.done():
                self._opening += 1
                turn.set_result(None)
        if not self.places and not self._waiters:
            self._emptied()

    def close(self) -> None:
        """Close all connections, in use or not, and turn away who waits."""
        waiters, self._waiters = self._waiters, deque()
        for turn in waiters:
            if not turn.done():
                turn.set_exception(Unreachable("the client was closed"))
        for connection in [*self._idle, *self._busy]:
            connection.fail(Unreachable("the client was closed"))
