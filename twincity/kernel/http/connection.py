"""One connection to a peer; it carries one exchange at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import cast

from twincity.kernel.http.errors import TimedOut, TransportError, Unreachable
from twincity.kernel.http.reply import Reply
from twincity.kernel.http.timer import Timer


class Connection(asyncio.Protocol):
    """Writes requests, hands what comes to the reply being read, and keeps the time.

    Args:
        loop: the loop it runs on.
        release: called when an exchange is over and the connection could take the next one.
        forget: called once, when it cannot be used any more.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        release: Callable[[Connection], object],
        forget: Callable[[Connection], object],
    ) -> None:
        self.open = True
        self.used = False
        self._loop, self._release, self._forget = loop, release, forget
        self._reply: Reply | None = None
        self._upload: asyncio.Task[None] | None = None
        self._timer = Timer(loop, self._expired)
        self._reading = True
        self._drained: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport

    # What the client calls.

    def begin(self, reply: Reply, data: bytes) -> None:
        """Send a request whose answer goes to ``reply``."""
        self._reply = reply
        self._transport.write(data)

    def upload(self, task: asyncio.Task[None]) -> None:
        """The rest of the request is being written by ``task``."""
        self._upload = task
        task.add_done_callback(self._uploaded)

    def deadline(self, at: float) -> None:
        """Fail the exchange at this moment of the loop's time, whatever happens until then."""
        self._timer.set(at)

    def expect(self, seconds: float) -> None:
        """Fail the exchange when the peer lets the reader wait longer than this; not while the request is written."""
        if self._upload is None:
            self._timer.after(seconds)

    def rest(self) -> None:
        """The peer is not waited for now."""
        if self._upload is None:
            self._timer.clear()

    def idle(self, seconds: float) -> None:
        """Close when not used for so long."""
        self._timer.after(seconds)

    async def write(self, pieces: Iterable[bytes], patience: float | None) -> None:
        """Write more of the request, and wait while the peer does not take it, each time at most ``patience`` seconds.

        The task that calls this is cancelled when the exchange ends.
        """
        self._transport.writelines(pieces)
        if self._drained is not None:
            if patience is not None:
                self._timer.after(patience)
            await self._drained
            if patience is not None:
                self._timer.clear()

    def fail(self, error: BaseException) -> None:
        """End the exchange with this error, and the connection with it."""
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.fail(error)
        self.close()

    def close(self) -> None:
        """Close now, whatever is under way."""
        if self.open:
            self.open = False
            self._timer.cancel()
            self._stop_upload()
            self._transport.abort()
            self._forget(self)

    # What the reply calls.

    def pause_reading(self) -> None:
        """The reader has enough for now."""
        if self._reading and self.open:
            self._reading = False
            self._transport.pause_reading()

    def resume_reading(self, reply: Reply) -> None:
        """The reader of ``reply`` wants more."""
        if not self._reading and self.open and self._reply is reply:
            self._reading = True
            self._transport.resume_reading()

    def done(self, *, reusable: bool) -> None:
        """The answer is complete; a request that is still being written spoils the connection."""
        self._reply = None
        self._timer.clear()
        if not reusable or self._upload is not None or self._transport.is_closing():
            self.close()
            return
        self.used = True
        if not self._reading:
            self._reading = True
            self._transport.resume_reading()
        self._release(self)

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        reply = self._reply
        if reply is None:
            self.close()  # nobody asked: it could be taken for the answer to the next request
            return
        try:
            reply.feed(data)
        except TransportError as error:
            if self._reply is reply:
                self.fail(error)
            else:
                self.close()  # the answer was complete, what follows it is not its business

    def connection_lost(self, exc: Exception | None) -> None:
        self._resume()
        reply = self._reply
        if reply is not None and not (exc is None and reply.end()):
            error = Unreachable(f"the connection broke before the answer was complete: {exc or 'closed by the peer'}")
            error.stale = self.used and not reply.touched
            self.fail(error)
        self.close()

    def pause_writing(self) -> None:
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        self._resume()

    def _resume(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    def _expired(self) -> None:
        if self._reply is not None:
            self.fail(TimedOut("the peer took too long"))
        else:
            self.close()

    def _stop_upload(self) -> None:
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.cancel()

    def _uploaded(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if self._upload is not task:
            return
        self._upload = None
        if error is not None:
            self.fail(error)
        elif self._reply is not None and self._reply.awaited and self._reply.patience is not None:
            self._timer.after(self._reply.patience)
