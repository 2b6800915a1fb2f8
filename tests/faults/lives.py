"""Nodes that are born and killed again and again, each at a random moment."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import Protocol

import pytest

from tests.support import ROOT
from twincity.node.testkit import LiveNode


class Life(Protocol):
    """One node through all its lives."""

    async def begin(self) -> None:
        """Start it; come back while it is still starting."""

    async def ready(self) -> None:
        """Wait until it takes requests."""

    async def kill(self) -> None:
        """SIGKILL; come back when it is gone."""


class Whole:
    """``twincity run``, started from nothing each time."""

    def __init__(self, node: LiveNode) -> None:
        self._node = node

    async def begin(self) -> None:
        self._node.launch()

    async def ready(self) -> None:
        await asyncio.to_thread(self._node.wait_ready)

    async def kill(self) -> None:
        await asyncio.to_thread(self._node.kill)


class Forked:
    """The same node as a fork of a process that has everything loaded; see ``nursery``."""

    def __init__(self, node: LiveNode) -> None:
        self._node = node
        self._pid = 0
        self._nursery: asyncio.subprocess.Process
        self._log = node.log_file.open("ab")

    async def open(self) -> None:
        """Start the nursery."""
        self._nursery = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.nursery", str(self._node.home.path),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=self._log, cwd=ROOT,
        )  # fmt: skip
        await self._line("prepared")

    async def close(self) -> None:
        """End the nursery and whatever still lives in it."""
        if self._pid:
            await self.kill()
        self._nursery.stdin.close()
        await self._nursery.wait()
        self._log.close()

    async def begin(self) -> None:
        self._nursery.stdin.write(b"\n")
        self._pid = int((await self._line("pid")).split()[1])

    async def ready(self) -> None:
        await self._line("ready")

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        await self._line("end")
        self._pid = 0

    async def _line(self, start: str) -> str:
        """The next line that begins so; fails when what must come before it is the end of the process."""
        while True:
            line = (await asyncio.wait_for(self._nursery.stdout.readline(), 90)).decode()
            if line.startswith(start):
                return line
            if not line or line.startswith("end"):
                pytest.fail(f"no {start}: {self._node.log_file.read_text()[-2000:]}")
