"""Starts a process that appends under load, for each line on standard input, until it is killed.

Reads ``time`` or ``call N``: in the second form the process kills itself at its Nth call that changes the disk. Writes
the new process's id, then a line for each receipt, then ``end`` when it is gone.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from itertools import count
from pathlib import Path

from twincity.engines.ledger.log.tests.helpers import open_log

PRODUCERS = 40


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def load(root: Path) -> None:
    log = open_log(root, private=True, segment_size=100_000, tick_every=0.004)
    numbers, pid = count(), os.getpid()

    def make(index: int) -> bytes:
        return b"%d %d %d " % (index, pid, next(numbers)) + bytes(index % 90)

    async def produce() -> None:
        while True:
            receipt = await log.append(make)
            say(f"{receipt.index} {receipt.salt.hex()} {receipt.leaf.hex()}")

    await asyncio.gather(*[produce() for _ in range(PRODUCERS)])


def die_at(call: int) -> None:
    """Kill this process before or after its Nth call that changes the disk."""
    left = count(call, -1)

    def wrap(name: str) -> None:
        real = getattr(os, name)

        def counted(*args, **kwargs):
            now = next(left)
            if now == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*args, **kwargs)
            if now == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(os, name, counted)

    for name in ("fdatasync", "fsync", "replace", "ftruncate", "mkdir", "rmdir"):
        wrap(name)


def main(root: Path) -> None:
    for command in sys.stdin:
        child = os.fork()
        if not child:
            say(f"pid {os.getpid()}")
            if command.startswith("call"):
                die_at(int(command.split()[1]))
            asyncio.run(load(root))
        os.waitpid(child, 0)
        say("end")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
