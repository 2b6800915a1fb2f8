"""The node's side of a child process: start it, ask it, watch it, end it.

A child is killed with everything it has begun; whoever asked moves results into place only once they are whole.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from twincity.engines.catalogue.columnar.tasks import Line, Task
from twincity.kernel.problems import Problem, define, kinds

BROKEN = define(
    "table-worker", 503, zh="处理数据的进程中断: {reason}", en="The process at work on the data broke off: {reason}"
)
PATIENCE = 10.0
"""Seconds that a cancelled child has to give the report of what it has done."""
IDLE = 60.0
"""Seconds after which a child that answers queries is ended."""
T = TypeVar("T")


class Worker:
    """One child process; asked by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "twincity.engines.catalogue.columnar", str(folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._turn = threading.Lock()
        self.used = time.monotonic()

    @property
    def pid(self) -> int:
        """Of the child."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, task: Task, answer: type[T], progress: Callable[[int, int], None] | None = None) -> T:
        """Have a task done.

        Raises:
            Problem: what the task refuses, or ``table-worker`` when the child ends before it has answered.
        """
        with self._turn:
            self.used = time.monotonic()
            self._send(task)
            while line := self._line():
                if line.done >= 0:
                    (progress or _ignore)(line.done, line.total)
                elif line.code or line.error:
                    raise _problem(line)
                else:
                    return msgspec.convert(line.result, answer)
        raise Problem(BROKEN, reason=f"exit {self._process.wait()}")

    def _send(self, task: Task) -> None:
        if self._process.stdin is None:
            raise Problem(BROKEN, reason="closed")
        try:
            self._process.stdin.write(msgspec.json.encode(task) + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise Problem(BROKEN, reason=type(error).__name__) from error

    def _line(self) -> Line | None:
        text = self._process.stdout.readline() if self._process.stdout else b""
        return msgspec.json.decode(text, type=Line) if text.endswith(b"\n") else None

    def cancel(self) -> None:
        """Ask it to stop where it is and give what it has; it is killed when that takes too long."""
        self._process.terminate()
        timer = threading.Timer(PATIENCE, self.kill)
        timer.daemon = True
        timer.start()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> None:
        """Let it end by itself, and collect it."""
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Answering:
    """A child for short queries, started when one comes and ended when none has come for a while."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._worker: Worker | None = None
        self._starting = threading.Lock()

    def ask(self, task: Task, answer: type[T]) -> T:
        """Have a short task done; as :meth:`Worker.ask`."""
        return self._found().ask(task, answer)

    def _found(self) -> Worker:
        with self._starting:
            if self._worker is None or not self._worker.alive:
                self._worker = Worker(self._folder)
            self._worker.used = time.monotonic()
            return self._worker

    def rest(self, idle: float = IDLE) -> None:
        """End the child if nothing was asked for so long."""
        with self._starting:
            if self._worker is not None and time.monotonic() - self._worker.used >= idle:
                self._worker.close()
                self._worker = None


def _problem(line: Line) -> Problem:
    kind = next((each for each in kinds() if each.code == line.code), None)
    if kind is None:
        return Problem(BROKEN, reason=line.error or line.code)
    return Problem(kind, field=line.field, **line.values)


def _ignore(_done: int, _all: int) -> Any:
    """Progress that nobody wants."""
