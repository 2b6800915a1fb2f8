"""Bytes sent to a node as they are, and what it makes of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NamedTuple

from tests.faults.support import code

PATIENCE = 20.0


class Heard(NamedTuple):
    """An answer: status 0 when there was none."""

    status: int
    media_type: str
    body: bytes

    @property
    def code(self) -> str:
        """Code of the problem in the body."""
        return code(self.body)


async def tell(port: int, data: bytes, *, hang_up: bool = False) -> Heard:
    """Send bytes and hear everything until the node closes the connection, as it must within ``PATIENCE``.

    Args:
        port: of the node.
        data: the bytes.
        hang_up: close at once instead of listening.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.create_task(_send(writer, data))
    heard = b""
    try:
        if not hang_up:
            with suppress(ConnectionError):
                heard = await asyncio.wait_for(_all(reader), PATIENCE)
        else:
            await sending
    finally:
        sending.cancel()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return parse(heard)


def parse(heard: bytes) -> Heard:
    """The first answer in some bytes."""
    head, _, body = heard.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    values = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    status = int(line.split()[1]) if heard else 0
    return Heard(status, values.get("content-type", "").partition(";")[0], body)


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(ConnectionError):
        writer.write(data)
        await writer.drain()


async def _all(reader: asyncio.StreamReader) -> bytes:
    parts = []
    with suppress(ConnectionError):  # a reset after the answer is an end too
        while part := await reader.read(65_536):
            parts.append(part)
    return b"".join(parts)
