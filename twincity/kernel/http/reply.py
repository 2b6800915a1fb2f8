"""One answer on its way in: parsed, counted and held back by its reader."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import httptools

from twincity.kernel.http.errors import Malformed, TooLarge, Unreachable
from twincity.kernel.http.wire import Headers

if TYPE_CHECKING:
    from twincity.kernel.http.connection import Connection

HIGH_WATER = 256 * 1024  # bytes held for a slow reader before the connection is no longer read
SMALL = 1024  # bytes below which a piece of a body is copied to the one before
MAX_HEAD = 32 * 1024  # bytes of a head, and of anything else that is neither body nor end
MAX_FIELDS = 128


def find(headers: Headers, name: bytes) -> bytes | None:
    """The first header of that (lower-case) name."""
    return next((value for key, value in headers if key == name), None)


class Response(NamedTuple):
    """A whole answer; header names are in lower case."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """The first header of that (lower-case) name."""
        return find(self.headers, name)


class Reply:
    """An answer whose body is read as it comes: ``async for piece in reply``.

    It must be read to its end or closed, best by ``async with reply``, for it holds a connection. While the reader
    rests no more than about half a MiB is held, and the peer is made to wait.

    Attributes:
        status: the status code.
        headers: name and value of each field, names in lower case; trailer fields are dropped.
    """

    def __init__(self, connection: Connection, method: str, max_body: int, patience: float | None) -> None:
        self.status = 0
        self.headers: Headers = []
        self.complete = False
        self.touched = False  # whether one byte of the answer came
        self.error: BaseException | None = None
        self.patience = patience  # seconds the peer may let the reader wait; None when the caller keeps the time
        self._connection, self._method, self._max_body = connection, method, max_body
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: deque[bytes | bytearray] = deque()
        self._held = self._size = 0
        self._silent = 0
        self._waiter: asyncio.Future[None] | None = None

    def header(self, name: bytes) -> bytes | None:
        """The first header of that (lower-case) name."""
        return find(self.headers, name)

    # What the reader calls.

    async def begun(self) -> None:
        """Wait for the head."""
        while not self.status:
            await self._wait()

    async def whole(self) -> Response:
        """Wait for all of it."""
        while not self.complete:
            await self._wait()
        return Response(self.status, self.headers, b"".join(self._pieces))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self.complete:
                raise StopAsyncIteration
            await self._wait()
        piece = self._pieces.popleft()
        self._held -= len(piece)
        if self._held <= HIGH_WATER:
            self._connection.resume_reading(self)
        return piece if isinstance(piece, bytes) else bytes(piece)

    async def read(self) -> bytes:
        """The rest of the body, which ``max_body`` bounds."""
        return b"".join([piece async for piece in self])

    async def aclose(self) -> None:
        """Give up what was not read; its connection is closed unless the answer is complete."""
        if not self.complete:
            self._connection.fail(Unreachable("the caller gave up"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _wait(self) -> None:
        if self.error is not None:
            raise self.error
        self._waiter = asyncio.get_running_loop().create_future()
        if self.patience is not None:
            self._connection.expect(self.patience)
        try:
            await self._waiter
        except asyncio.CancelledError:
            await self.aclose()
            raise
        finally:
            self._waiter = None
            # A complete answer no longer owns its connection, which may be busy with the next exchange.
            if self.patience is not None and not self.complete:
                self._connection.rest()

    @property
    def awaited(self) -> bool:
        """Whether the reader waits for the peer."""
        return self._waiter is not None

    # What the connection calls.

    def feed(self, data: bytes) -> None:
        """Take in bytes from the peer.

        Raises:
            TransportError: when they are not, or no longer, an acceptable answer.
        """
        self.touched = True
        before = self._size, self.status
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            if isinstance(error.__context__, Malformed | TooLarge):
                raise error.__context__ from None
            raise Malformed("the answer could not be taken in") from error
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise Malformed(f"not an HTTP/1.1 answer: {error}") from error
        # A parser keeps unfinished lines; so whatever brings neither head nor body, trailers included, is counted.
        self._silent = self._silent + len(data) if before == (self._size, self.status) else 0
        if self._silent > MAX_HEAD:
            raise TooLarge(f"more than {MAX_HEAD} bytes without head, body or end")

    def end(self) -> bool:
        """The peer has closed; whether that is a proper end (RFC 9112 section 6.3, rule 8)."""
        framed = {b"content-length", b"transfer-encoding"}
        if self.status and not self.complete and not any(name in framed for name, _ in self.headers):
            self._finish(reusable=False)
        return self.complete

    def fail(self, error: BaseException) -> None:
        """There will be no more; the reader gets what is there, and then this."""
        if self.error is None and not self.complete:
            self.error = error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _finish(self, *, reusable: bool) -> None:
        self.complete = True
        self._connection.done(reusable=reusable)
        self._wake()

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self.complete:
            raise Malformed("bytes after the end of the answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.status:
            return  # a trailer field; nothing checked vouches for it (RFC 9110 section 6.5.1)
        if len(self.headers) >= MAX_FIELDS:
            raise TooLarge(f"more than {MAX_FIELDS} header fields")
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            self.headers.clear()  # informational; the answer is still to come
            return
        self.status = status
        if self._method == "HEAD":
            self._finish(reusable=False)  # the parser cannot be told that no body follows
        elif self.patience is not None:
            self._wake()

    def on_body(self, data: bytes) -> None:
        if self.complete:
            return
        self._size += len(data)
        if self._size > self._max_body:
            raise TooLarge(f"the answer is larger than {self._max_body} bytes")
        self._held += len(data)
        self._keep(data)
        if self.patience is not None:
            if self._held > HIGH_WATER:
                self._connection.pause_reading()
            self._wake()

    def _keep(self, data: bytes) -> None:
        """Hold a piece for the reader: large ones as they are, small ones together, or each would cost its object."""
        if len(data) >= SMALL:
            self._pieces.append(data)
        elif self._pieces and isinstance(self._pieces[-1], bytearray):
            self._pieces[-1] += data
        else:
            self._pieces.append(bytearray(data))

    def on_message_complete(self) -> None:
        if self.status and not self.complete:
            self._finish(reusable=self._parser.should_keep_alive())
