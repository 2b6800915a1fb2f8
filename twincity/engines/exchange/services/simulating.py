"""Replay of past calls against draft grants: who would newly be allowed or refused. One thread, seen while it runs."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from django.db import connections

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, rules
from twincity.kernel import clock, ids
from twincity.kernel.problems import NOT_FOUND, Problem, define

DAYS = 30
EXAMPLES = 200
"""Calls named of each kind; the counts are of all."""
KEPT = 8
"""Latest simulations that can be looked at."""
BUSY = define("simulation-busy", 503, zh="已有一次模拟在进行", en="Another simulation is under way")
Key = tuple[str, str]
"""Member and service."""


@dataclass
class Side:
    """Calls that change sides: how many by member and service, and the first of them."""

    counts: Counter[Key] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, row: tuple[Any, ...]) -> None:
        """Count a call."""
        self.counts[row[1], row[2]] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(row[0])


@dataclass
class Simulation:
    """One replay."""

    total: int
    id: str = field(default_factory=ids.new_id)
    done: int = 0
    state: str = "running"
    """``running``, ``done``, ``cancelled`` or ``failed``."""
    allowed: Side = field(default_factory=Side)
    refused: Side = field(default_factory=Side)


_latest: OrderedDict[str, Simulation] = OrderedDict()
_lock = threading.Lock()


def begin(*, grants: list[rules.Grant], days: int = DAYS) -> Simulation:
    """Begin to replay the calls of the last days in a thread of its own.

    Raises:
        Problem: ``grant-invalid``, or ``simulation-busy``: one at a time, so that calls of today are not slowed.
    """
    draft = rules.GrantIndex([rules.check(each) for each in grants])
    since = clock.now() - timedelta(days=days)
    with _lock:
        if any(each.state == "running" for each in _latest.values()):
            raise Problem(BUSY, retry_after=5)
        made = Simulation(queries.replayable(since).count())
        _latest[made.id] = made
        while len(_latest) > KEPT:
            _latest.popitem(last=False)
    threading.Thread(target=_in_thread, args=(made, draft, since), name="simulation", daemon=True).start()
    return made


def found(identifier: str) -> Simulation:
    """One of the latest simulations.

    Raises:
        Problem: ``not-found``.
    """
    if identifier not in _latest:
        raise Problem(NOT_FOUND, field="simulation", what=f"simulation {identifier[:40]}")
    return _latest[identifier]


def cancel(identifier: str) -> None:
    """Stop a simulation where it is.

    Raises:
        Problem: ``not-found``.
    """
    made = found(identifier)
    if made.state == "running":
        made.state = "cancelled"


def _in_thread(made: Simulation, draft: rules.GrantIndex, since: Any) -> None:
    try:
        replay(made, draft, since)
    except Exception:  # noqa: BLE001  nobody waits for this thread; the page says that it failed
        structlog.get_logger().exception("simulation_failed", simulation=made.id)
        made.state = "failed"
    finally:
        connections.close_all()


def replay(made: Simulation, draft: rules.GrantIndex, since: Any) -> None:
    """Decide every past call anew."""
    for row, request in _past(since):
        if made.state != "running":
            return
        made.done += 1
        was, now = row[3] != rules.FORBIDDEN.code, rules.allows(draft, request)
        if was != now:
            (made.allowed if now else made.refused).add(row)
    made.state = "done"


def _past(since: Any) -> Iterator[tuple[tuple[Any, ...], rules.Request]]:
    members = circle.directory().members if circle.is_open() else {}
    columns = ("message", "peer", "service", "outcome", "method", "path", "purpose", "system", "at")
    for row in queries.replayable(since).values_list(*columns).iterator(chunk_size=2000):
        known, at = members.get(row[1]), int(row[8].timestamp())
        yield row, rules.Request(
            member=row[1], service=row[2], method=row[4], path=row[5], purpose=row[6], now=at, system=row[7],
            division=known.node.division if known else "", marks=known.marks_at(at) if known else (),
        )  # fmt: skip
