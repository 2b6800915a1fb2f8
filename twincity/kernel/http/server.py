"""The server: uvicorn in the node's own process, on the running loop, with :class:`Guard` on every connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from twincity.kernel.http.asgi import App, shield
from twincity.kernel.http.guard import Guard, ServerLimits

__all__ = ["Listener", "ServerFailedError", "ServerLimits", "serve"]


class ServerFailedError(RuntimeError):
    """The application did not start."""


class _Server(uvicorn.Server):
    """Runs inside a node, which keeps signals and the process to itself."""

    def __init__(self, config: uvicorn.Config, limits: ServerLimits, tls: ssl.SSLContext | None) -> None:
        super().__init__(config)
        self._limits, self._tls = limits, tls
        self.ready = asyncio.Event()
        self.stopping = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise ServerFailedError("the application failed at its start")
        loop, limits, tls = asyncio.get_running_loop(), self._limits, self._tls
        self.servers = [
            await loop.create_server(
                lambda: Guard(self.config, self.server_state, self.lifespan.state, limits),
                sock=sock,
                ssl=tls,
                backlog=limits.backlog,
                ssl_handshake_timeout=limits.head_seconds if tls else None,
            )
            for sock in sockets or ()
        ]
        self.started = True
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for sock in sockets or ():
            sock.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        await self._drained(self._limits.drain_seconds)
        for task in list(state.tasks):
            task.cancel()  # answered as unavailable by the shield
        await self._drained(self._limits.linger_seconds)
        for connection in list(state.connections):
            cast("Guard", connection).cut()
        # Last, so that what requests stand on is there until none is left.
        await self.lifespan.shutdown()

    async def _drained(self, seconds: float) -> None:
        state, loop = self.server_state, asyncio.get_running_loop()
        until = loop.time() + seconds
        while (state.connections or state.tasks) and loop.time() < until:  # noqa: ASYNC110  sets tell nobody
            await asyncio.sleep(0.01)

    async def main_loop(self) -> None:
        # Uvicorn looks around ten times a second; the Date header needs one.
        while not self.stopping.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), 1)


class Listener:
    """A server that runs until :meth:`stop`.

    Attributes:
        host: the address it is bound to.
        port: the actual port.
    """

    def __init__(self, server: _Server, sock: socket.socket) -> None:
        self.host, self.port = sock.getsockname()[:2]
        self._server, self._sock = server, sock
        self._task = asyncio.create_task(server.serve(sockets=[sock]))

    async def started(self) -> None:
        """Wait until requests are taken.

        Raises:
            ServerFailedError: when the application did not start.
        """
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait({ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            self._sock.close()
            await self._task

    @property
    def connections(self) -> int:
        """Connections that are open now."""
        return len(self._server.server_state.connections)

    async def wait(self) -> None:
        """Wait until the server has stopped."""
        await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Take no more, let running requests end, for ``drain_seconds`` at most, then close everything."""
        self._server.stopping.set()
        await self.wait()


async def serve(
    app: App,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    limits: ServerLimits | None = None,
    sock: socket.socket | None = None,
    tls: ssl.SSLContext | None = None,
) -> Listener:
    """Start serving on the running loop (uvloop, for speed) and come back when requests are taken.

    Exceptions of the application are answered as problems. There is no access log and no Server header.

    Args:
        app: an ASGI 3 application; in a lifespan scope it may return at once, but not raise.
        host: address to bind, v4 or v6.
        port: 0 for any that is free.
        limits: bounds.
        sock: a bound socket to use instead of ``host`` and ``port``.
        tls: certificate and settings; plain HTTP without.

    Raises:
        OSError: when the address cannot be bound.
        ServerFailedError: when the application fails at its start.
    """
    limits = limits or ServerLimits()
    config = uvicorn.Config(
        cast("Any", shield(app)),  # uvicorn has narrower types of its own for the same protocol
        http=HttpToolsProtocol,
        ws="none",
        interface="asgi3",
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        proxy_headers=False,
        reset_contextvars=True,
    )
    listener = Listener(_Server(config, limits, tls), sock or _bind(host, port))
    await listener.started()
    return listener


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock
