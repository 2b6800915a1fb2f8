"""Quality runs under way: one for each source, watched by a page and ended by a button."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog
from django.db import connections

from twincity.engines.catalogue import facade as catalogue
from twincity.kernel.problems import Problem

State = Literal["running", "done", "cancelled", "failed"]
_places = threading.BoundedSemaphore(1)
"""One at a time: a run takes a core or two."""


@dataclass
class Run:
    """One run; rows judged so far and in all."""

    source: str
    done: int = 0
    total: int = 0
    state: State = "running"
    problem: Problem | None = None
    worker: catalogue.Worker | None = None
    cancelled: bool = False

    def progress(self, done: int, total: int) -> None:
        """Note how far it is."""
        self.done, self.total = done, total


_runs: dict[str, Run] = {}
_lock = threading.Lock()


def start(source: str, work: Callable[[Run], object]) -> Run:
    """Begin a run in a thread, or give the one that is under way."""
    with _lock:
        known = _runs.get(source)
        if known is not None and known.state == "running":
            return known
        run = _runs[source] = Run(source)
    threading.Thread(target=_work, args=(run, work), name=f"quality {source}", daemon=True).start()
    return run


def current(source: str) -> Run | None:
    """The last run of a source in this process."""
    return _runs.get(source)


def cancel(source: str) -> None:
    """Stop a run where it is; its report covers the rows until then."""
    run = _runs.get(source)
    if run is not None and run.state == "running":
        run.cancelled = True
        if run.worker is not None:
            run.worker.cancel()


def _work(run: Run, work: Callable[[Run], object]) -> None:
    try:
        with _places:
            if not run.cancelled:
                work(run)
        run.state = "cancelled" if run.cancelled else "done"
    except Problem as problem:
        run.problem, run.state = problem, "failed"
    except Exception:  # noqa: BLE001  a thread has nobody else to tell
        structlog.get_logger().exception("quality_run_failed", source=run.source)
        run.state = "failed"
    finally:
        connections.close_all()  # nobody else will use this thread's
