"""Brings a node to life for each line on standard input: ``python -m tests.faults.nursery HOME``.

The process does once what takes long and changes nothing: interpreter, imports, checks, migrations. Each node is then
a fork of it, which opens logs and circle from disk, serves all doors and pages and runs all jobs like any other node;
only its start takes a twentieth of the time. Writes ``pid N`` for each, ``ready`` when it takes requests, and ``end``
when it is gone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import uvloop
from django.db import connections

from twincity.kernel.home import Home
from twincity.node import serve


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def live(home: Home) -> None:
    say(f"pid {os.getpid()}")
    try:
        uvloop.run(serve._serve(home, lambda _: say("ready")))
    finally:
        os._exit(0)


def main(path: Path) -> None:
    home = Home(path)
    serve.prepare(home)
    connections.close_all()
    say("prepared")
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            live(home)
        os.waitpid(child, 0)
        say("end")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
