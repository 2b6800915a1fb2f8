"""``python -m twincity.engines.catalogue.columnar FOLDER``: does tasks from standard input until it ends.

Reads and writes below ``FOLDER`` only. SIGTERM ends the task at the next chunk with the report until there.
"""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from twincity.engines.catalogue.columnar.engine import connect
from twincity.engines.catalogue.columnar.reading import extract, fingerprint, select
from twincity.engines.catalogue.columnar.runner import check_table
from twincity.engines.catalogue.columnar.tabulating import tabulate
from twincity.engines.catalogue.columnar.tasks import Check, Extract, Line, Select, Tabulate, Task
from twincity.kernel.problems import Problem

LARGEST_FILE = 16 * 2**30
"""Bytes of any file that a task may write."""


class Child:
    """The loop of one child process."""

    def __init__(self, folder: Path, out: BinaryIO) -> None:
        self._folder, self._out = folder, out
        self._connection = connect(folder)
        self._stopped = False

    def stop(self, *_: object) -> None:
        """Say that the present task is no longer wanted."""
        self._stopped = True

    def serve(self, lines: BinaryIO) -> None:
        """Do one task a line."""
        for line in lines:
            self._write(self._done(line))
            if self._stopped:
                break

    def _done(self, line: bytes) -> Line:
        try:
            return Line(result=msgspec.to_builtins(self._do(msgspec.json.decode(line, type=Task))))
        except Problem as problem:
            values = {name: msgspec.to_builtins(value) for name, value in problem.values.items()}
            return Line(code=problem.kind.code, field=problem.field, values=values)
        except Exception as error:  # noqa: BLE001  whatever it is, the node has to hear of it
            return Line(error=f"{type(error).__name__}: {str(error).splitlines()[0][:200]}")

    def _do(self, task: Task) -> Any:
        if isinstance(task, Check):
            sets = {name: frozenset(values) for name, values in task.sets.items()}
            return check_table(
                self._connection, task.table, task.standard, today=task.today, sets=sets, keep=task.keep,
                progress=self._progress, cancelled=lambda: self._stopped,
            )  # fmt: skip
        if isinstance(task, Tabulate):
            return tabulate(self._connection, task, self._folder, self._progress)
        if isinstance(task, Select):
            return select(self._connection, task)
        if isinstance(task, Extract):
            return extract(self._connection, task)
        return fingerprint(self._connection, task, self._folder, self._progress)

    def _progress(self, done: int, total: int) -> None:
        self._write(Line(done=done, total=total))

    def _write(self, line: Line) -> None:
        self._out.write(msgspec.json.encode(line) + b"\n")
        self._out.flush()


def main() -> None:
    """Serve until standard input ends, which it also does when the node dies."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    child = Child(Path(sys.argv[1]), sys.stdout.buffer)
    signal.signal(signal.SIGTERM, child.stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child.serve(sys.stdin.buffer)


if __name__ == "__main__":
    main()
