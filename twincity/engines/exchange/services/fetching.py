"""One bulk delivery as far as it gets: described, streamed to disk from where it stands, judged as a whole.

Bytes are appended as they come, proven or not: only the whole file counts, and it must have the SHA-256 of the signed
description. A stream that reached its end and was not what the provider signed is cut off again at once. Memory is
bounded by one piece; each piece is flushed, so a killed node goes on from what is on disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from twincity.engines.exchange.delivery import bulk
from twincity.engines.exchange.models import Transfer
from twincity.engines.exchange.wire import consumer, streaming
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel import home
from twincity.kernel.problems import Problem

PIECE = 4 * 1024 * 1024
"""Bytes gathered before they are written and flushed."""
SPARE = 256 * 1024 * 1024
"""Bytes that a delivery leaves free on the disk."""


def folder() -> Path:
    """Where the files of this node's bulk deliveries lie."""
    return home.current().path / "transfers"


def partial_file(identifier: str) -> Path:
    """The bytes that have come so far."""
    return folder() / f"{identifier}.part"


def whole_file(identifier: str) -> Path:
    """The file once it is judged."""
    return folder() / identifier


def received(identifier: str) -> int:
    """Bytes on disk."""
    for path in (whole_file(identifier), partial_file(identifier)):
        if path.exists():
            return path.stat().st_size
    return 0


def discard(identifier: str) -> None:
    """Delete what has come."""
    partial_file(identifier).unlink(missing_ok=True)
    whole_file(identifier).unlink(missing_ok=True)


class StoppedError(Exception):
    """Somebody has paused or cancelled the delivery."""


class Fetch:
    """A run of one delivery.

    Args:
        runtime: of this node.
        row: the delivery; read only.
        stopped: whether somebody has paused or cancelled it.
    """

    def __init__(self, runtime: Runtime, row: Transfer, stopped: Callable[[], bool]) -> None:
        self._runtime, self._row, self._stopped = runtime, row, stopped

    async def describe(self) -> bulk.Description:
        """What the provider has now.

        Raises:
            Problem: ``changed`` when that is no longer what an earlier run has begun with, ``transfer-refused`` (with
                ``retry_after`` when it may pass), ``not-described``, ``no-room``, or as :func:`consumer.call`.
        """
        row = self._row
        result = await consumer.call(self._runtime, self._call(row.path, row.query))
        if result.status != 200:
            raise _refused(result, row.provider)
        found = bulk.describe(result.body)
        if found is None:
            raise Problem(bulk.UNDESCRIBED, member=row.provider)
        if row.tag and (found.tag, found.size, found.sha256) != (row.tag, row.size, row.sha256):
            raise Problem(bulk.CHANGED, field="tag", member=row.provider)
        await asyncio.to_thread(_check_room, found.size - received(row.id))
        return found

    async def run(self, described: bulk.Description) -> None:
        """Fetch what is missing, and keep the file if it is the one described.

        Raises:
            StoppedError: nothing is lost; a later run goes on.
            Problem: ``digest-mismatch-file``, upon which the file is gone; or as :meth:`describe`.
        """
        if whole_file(self._row.id).exists():  # judged before somebody paused it
            return
        path = partial_file(self._row.id)
        begun = await asyncio.to_thread(_begin, path, described.size)
        if begun < described.size:
            await self._stream(described, path, begun)
        await asyncio.to_thread(self._judge, described)

    async def _stream(self, described: bulk.Description, path: Path, begun: int) -> None:
        outbound = self._call(f"{self._row.path}/{described.tag}", f"offset={begun}")
        pieces = streaming.stream(self._runtime, outbound, described.size - begun)
        gathered = bytearray()
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    gathered += piece
                    if len(gathered) >= PIECE:
                        await asyncio.to_thread(_append, path, bytes(gathered))
                        gathered.clear()
                    if self._stopped():
                        raise StoppedError
        except streaming.AnsweredWholeError as answered:
            raise _refused(answered.result, self._row.provider) from answered
        except Problem as problem:
            if problem.kind.code == consumer.UNPROVEN.code:
                gathered.clear()
                await asyncio.to_thread(os.truncate, path, begun)
            raise
        finally:
            if gathered:
                await asyncio.to_thread(_append, path, bytes(gathered))

    def _judge(self, described: bulk.Description) -> None:
        path = partial_file(self._row.id)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if path.stat().st_size != described.size or digest != described.sha256:
            discard(self._row.id)
            raise Problem(bulk.MISMATCH, member=self._row.provider)
        path.replace(whole_file(self._row.id))
        _flush(folder())

    def _call(self, path: str, query: str) -> consumer.Outbound:
        row = self._row
        return consumer.Outbound(
            provider=row.provider, service=row.service, method="GET", path=path, query=query, purpose=row.purpose,
            extra={"tc-priority": "batch"} | ({"tc-case": row.case} if row.case else {}),
        )  # fmt: skip


def _refused(result: consumer.Result, member: str) -> Problem:
    wait = 5.0 if bulk.again(result.status) else None
    return Problem(bulk.REFUSED, retry_after=wait, member=member, reason=result.outcome)


def _begin(path: Path, size: int) -> int:
    """Bytes of the file that are there already; more than there can be are not of this file."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    if path.stat().st_size > size:
        os.truncate(path, 0)
    return path.stat().st_size


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fdatasync(file.fileno())


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_room(missing: int) -> None:
    if shutil.disk_usage(home.current().path).free < missing + SPARE:
        raise Problem(bulk.NO_ROOM, size=missing)
