"""Bulk deliveries through their life: begun, paused, gone on with after breaks and restarts, judged.

A task for each that runs, at most ``TOGETHER``; one whose provider cannot be reached waits for ever longer times. An
idle node has no task and asks its database nothing.
"""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import structlog

from twincity.engines.exchange.delivery import bulk, lanes
from twincity.engines.exchange.models import Transfer
from twincity.engines.exchange.services import fetching
from twincity.engines.exchange.wire import consumer
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel import clock, ids
from twincity.kernel.problems import INVALID, NOT_FOUND, UNAVAILABLE, Problem, define
from twincity.kernel.states import IllegalMoveError
from twincity.kernel.tracked import StaleRowError, move

TOGETHER = 2
"""Deliveries that run at the same time."""
NOT_NOW = define(
    "transfer-state", 409, zh="此批量交付现处于 {state}, 不能这样做", en="This delivery is {state}; that cannot be done"
)
LONGEST = {"provider": 200, "service": 100, "path": 400, "purpose": 100, "query": 1000, "case": 64}
"""Characters of what a delivery is begun with."""
ACTS = {"pause": "paused", "resume": "waiting", "cancel": "cancelled"}
_BROKEN = frozenset({consumer.UNREACHABLE.code, consumer.UNPROVEN.code})


def begin(
    *, provider: str, service: str, path: str, purpose: str, by: str, query: str = "", case: str = ""
) -> Transfer:
    """Ask for a file; it is fetched in the background.

    Raises:
        Problem: ``invalid`` naming the field.
    """
    given = {"provider": provider, "service": service, "path": path, "purpose": purpose, "query": query, "case": case}
    for name, value in given.items():
        if len(value) > LONGEST[name] or (not value and name not in {"query", "case"}):
            raise Problem(INVALID, field=name, name=name, reason=f"1 to {LONGEST[name]} characters")
    if not path.startswith("/"):
        raise Problem(INVALID, field="path", name="path", reason="begins with /")
    row = Transfer.objects.create(id=ids.new_id(), by=by[:150], **given)
    _wake()
    return row


def act(*, identifier: str, act: str) -> Transfer:
    """Pause, resume or cancel a delivery; what a cancelled one has brought is deleted.

    Raises:
        Problem: ``not-found``, or ``transfer-state`` when it cannot become that any more.
    """
    row = one(identifier)
    try:
        move(row, ACTS[act], due=clock.now())
    except (IllegalMoveError, StaleRowError) as error:
        raise Problem(NOT_NOW, field="act", state=row.state) from error
    running = _transfers is not None and _transfers.stop(identifier)
    if act == "cancel" and not running:
        fetching.discard(identifier)
    _wake()
    return row


def one(identifier: str) -> Transfer:
    """A delivery.

    Raises:
        Problem: ``not-found``.
    """
    row = Transfer.objects.filter(pk=identifier).first()
    if row is None:
        raise Problem(NOT_FOUND, field="transfer", what=f"transfer {identifier}")
    row.received = fetching.received(row.id)
    return row


class Transfers:
    """Those that run in this process.

    Args:
        runtime: of this node.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopped: set[str] = set()

    def wake(self) -> None:
        """Something may be due; from any thread."""
        self._loop.call_soon_threadsafe(self._woken.set)

    def stop(self, identifier: str) -> bool:
        """Have a run come to its end, from any thread; whether there is one."""
        if identifier not in self._tasks:
            return False
        self._stopped.add(identifier)
        return True

    async def run(self) -> None:
        """Fetch until cancelled, beginning with what an earlier life has left."""
        await asyncio.to_thread(_revive)
        self._woken.set()
        try:
            while True:
                await self._woken.wait()
                self._woken.clear()
                await self._start_due()
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _start_due(self) -> None:
        due, wait = await asyncio.to_thread(_waiting, list(self._tasks), TOGETHER - len(self._tasks))
        for row in due:
            self._tasks[row.id] = asyncio.create_task(self._one(row))
        if wait is not None:
            self._loop.call_later(wait, self._woken.set)

    async def _one(self, row: Transfer) -> None:
        try:
            await self._attempt(row)
        except StaleRowError:
            structlog.get_logger().info("transfer_stopped", transfer=row.id)
        finally:
            self._tasks.pop(row.id, None)
            self._stopped.discard(row.id)
            self._woken.set()
        if (await asyncio.to_thread(one, row.id)).state == "cancelled":
            await asyncio.to_thread(fetching.discard, row.id)

    async def _attempt(self, row: Transfer) -> None:
        fetch = fetching.Fetch(self._runtime, row, lambda: row.id in self._stopped)
        await asyncio.to_thread(move, row, "running")
        before = fetching.received(row.id)
        try:
            described = await fetch.describe()
            await asyncio.to_thread(_described, row, described)
            await fetch.run(described)
        except fetching.StoppedError:
            return
        except Problem as problem:
            await self._failed(row, problem, before)
        except OSError as error:
            await self._failed(row, Problem(UNAVAILABLE, retry_after=60, reason=str(error)), before)
        else:
            await asyncio.to_thread(move, row, "done", received=row.size)

    async def _failed(self, row: Transfer, problem: Problem, before: int) -> None:
        reached = fetching.received(row.id)
        if problem.retry_after is None and problem.kind.code not in _BROKEN:
            await asyncio.to_thread(_leave, row, "failed", problem, received=reached)
            return
        failures = 1 if reached > before else row.failures + 1
        wait = max(lanes.patience(failures, random.random()), problem.retry_after or 0)  # noqa: S311  spreads load
        due = clock.now() + timedelta(seconds=wait)
        await asyncio.to_thread(_leave, row, "waiting", problem, received=reached, failures=failures, due=due)


def _described(row: Transfer, found: bulk.Description) -> None:
    row.tag, row.size, row.sha256 = found.tag, found.size, found.sha256
    row.save(update_fields=["tag", "size", "sha256"])


def _leave(row: Transfer, state: str, problem: Problem, **changes: Any) -> None:
    move(row, state, error=str(problem)[:300], **changes)


def _revive() -> None:
    """What ran when an earlier life ended waits for its turn again."""
    Transfer.objects.filter(state="running").update(state="waiting", due=clock.now())


def _waiting(running: list[str], free: int) -> tuple[list[Transfer], float | None]:
    """Those that may begin now, and the seconds until another one may."""
    now, waiting = clock.now(), Transfer.objects.filter(state="waiting").exclude(pk__in=running)
    later = waiting.filter(due__gt=now).order_by("due").first()
    found = list(waiting.filter(due__lte=now).order_by("due")[: max(0, free)])
    return found, None if later is None else (later.due - now).total_seconds()


_transfers: Transfers | None = None


async def run(runtime: Runtime) -> None:
    """Fetch until cancelled."""
    global _transfers  # noqa: PLW0603  one node, one of these
    _transfers = Transfers(runtime)
    try:
        await _transfers.run()
    finally:
        _transfers = None


def _wake() -> None:
    if _transfers is not None:
        _transfers.wake()
