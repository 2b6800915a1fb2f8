"""Background jobs of a node: functions that run again and again beside its doors.

A unit registers ``@job("unit.act", every=seconds)`` in its ``jobs.py``. Coroutine functions run on the node's event
loop, plain ones in a thread, since they may use the ORM. A job never overlaps itself within one process; between
processes the rows it works on must decide (see ``kernel.tracked``).
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import random
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from django.db import close_old_connections, connections

THREADS = 4
"""Plain jobs that may run at the same time."""
GRACE = 5.0
"""Seconds that a running coroutine may still take after the stop before it is cancelled."""

Work = Callable[[Any], Any]
"""Takes the node's context; a coroutine function or a plain one."""
F = TypeVar("F", bound=Work)

log = structlog.get_logger(__name__)
_random = random.SystemRandom()


@dataclass(slots=True)
class Counts:
    """What became of one job's runs in this process."""

    runs: int = 0
    failures: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One registered job; ``every`` and ``jitter`` in seconds."""

    name: str
    work: Work
    every: float
    jitter: float
    counts: Counts = field(default_factory=Counts, compare=False)


_jobs: dict[str, Job] = {}


def job(name: str, *, every: float, jitter: float | None = None) -> Callable[[F], F]:
    """Register a function to be run every so many seconds, counted from start to start.

    Args:
        name: ``unit.act``, unique within the node.
        every: seconds between two starts; a run that takes longer is followed by the next at once.
        jitter: up to so many seconds are added at random to each wait; a tenth of ``every`` when not given.

    Raises:
        ValueError: when the name is taken or a time makes no sense.
    """
    spread = every / 10 if jitter is None else jitter
    if every <= 0 or spread < 0:
        raise ValueError(f"job {name}: every must be positive and jitter not negative")

    def register(work: F) -> F:
        if name in _jobs:
            raise ValueError(f"job {name} is registered twice")
        _jobs[name] = Job(name, work, every, spread)
        return work

    return register


def jobs() -> list[Job]:
    """All registered jobs, by name."""
    return [_jobs[name] for name in sorted(_jobs)]


async def run_jobs(stop: asyncio.Event, context: Any, chosen: Iterable[Job] | None = None) -> None:
    """Run the chosen jobs, or all, until ``stop`` is set.

    A job that raises is logged and counted, and runs again when its time comes. After the stop no run begins;
    coroutines get :data:`GRACE` seconds to end and are cancelled then, threads are waited for.
    """
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="job")
    tasks = [
        asyncio.create_task(_repeat(each, stop, context, pool), name=each.name)
        for each in (jobs() if chosen is None else chosen)
    ]
    try:
        await stop.wait()
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)
    finally:
        for task in tasks:
            if task.cancel():
                log.warning("job cancelled", job=task.get_name())
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(_shut, pool)


def _shut(pool: ThreadPoolExecutor) -> None:
    """End the threads, each of which closes the connections that are its own and no other's."""
    all_there = threading.Barrier(THREADS)

    def leave() -> None:
        all_there.wait()  # so that each thread does it once
        connections.close_all()

    for _ in range(THREADS):
        pool.submit(leave)
    pool.shutdown()


async def _repeat(each: Job, stop: asyncio.Event, context: Any, pool: ThreadPoolExecutor) -> None:
    wait = _random.uniform(0, each.jitter)
    while not await _stopped(stop, wait):
        started = time.monotonic()
        await _run(each, context, pool)
        wait = max(0.0, each.every - (time.monotonic() - started)) + _random.uniform(0, each.jitter)


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    # wait_for with no time left would not look at the event at all.
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


async def _run(each: Job, context: Any, pool: ThreadPoolExecutor) -> None:
    try:
        if inspect.iscoroutinefunction(each.work):
            await each.work(context)
        else:
            await asyncio.get_running_loop().run_in_executor(pool, _in_thread, each.work, context)
    except Exception as error:  # one job's failure must not stop the others, nor its own next run
        each.counts.failures += 1
        each.counts.last_error = f"{type(error).__name__}: {error}"
        log.exception("job failed", job=each.name)
    each.counts.runs += 1


def _in_thread(work: Work, context: Any) -> None:
    try:
        work(context)
    finally:
        # Opening one costs more than most jobs do when idle; those that have failed are closed.
        close_old_connections()
