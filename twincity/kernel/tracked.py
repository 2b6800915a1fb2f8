"""Rows that walk through a state graph: an abstract model, the guarded move, and the runner of due rows.

``next_attempt_at`` is the one column that decides when a row is looked at again: for the next attempt of a handler,
for a timeout, or for its deletion. Every change is an ``UPDATE`` that names the state it expects, so several
processes may run the same rows: one of them wins, the others notice.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast

import structlog
from django.db import models

from twincity.kernel import clock
from twincity.kernel.states import State, StateGraph, back_off

LEASE = 120.0
"""Seconds a claimed row stays out of sight of other runners; a crashed attempt is repeated after that."""
MAX_ERROR = 500

log = structlog.get_logger(__name__)
_random = random.SystemRandom()


class StaleRowError(Exception):
    """Somebody else moved the row first; reload it before deciding anew."""


class StateField(models.CharField):
    """Name of a state; a new row begins in the initial state of its model's graph."""

    def get_default(self) -> str:
        return cast("type[Tracked]", self.model).graph.initial.name

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class Tracked(models.Model):
    """A row with a state; a subclass sets ``graph``. A new row is due at once."""

    graph: ClassVar[type[StateGraph]]

    state = StateField(max_length=40, editable=False)
    state_since = models.DateTimeField(default=clock.now, editable=False)
    next_attempt_at = models.DateTimeField(default=clock.now, null=True, db_index=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    last_error = models.TextField(default="", blank=True, editable=False)

    class Meta:
        abstract = True


Handler = Callable[[Any], State | str | None]
"""Works on one row; returns the state that follows, or None to be tried again after ``try_interval``."""


def move(row: Tracked, to: State | str, *, now: datetime | None = None, **changes: Any) -> None:
    """Move a row along an edge of its graph, with further column values in the same ``UPDATE``.

    Raises:
        IllegalMoveError: when the graph has no such edge.
        StaleRowError: when the row left its state in the meantime; nothing is changed then.
    """
    state = row.graph.edge(row.state, to if isinstance(to, str) else to.name)
    now = now or clock.now()
    fresh = {"state": state.name, "state_since": now, "attempts": 0, "last_error": ""}
    _update(row, **fresh, next_attempt_at=_first_look(state, now), **changes)


def due(queryset: models.QuerySet, now: datetime) -> models.QuerySet:
    """Rows that want to be looked at, the longest waiting first."""
    return queryset.filter(next_attempt_at__lte=now).order_by("next_attempt_at")


def run_due(
    model: type[Tracked], handlers: Mapping[str, Handler], now: datetime | None = None, limit: int = 100
) -> Counter[str]:
    """Look at up to ``limit`` due rows and return how many were moved, timed_out, deleted, waiting, failed or lost.

    A handler runs outside any transaction, since it may speak to another node. One that must write and move together
    calls :func:`move` itself inside its transaction and returns None.

    Raises:
        ValueError: when ``handlers`` are not exactly those that the graph needs.
    """
    needed = {state.name for state in model.graph.states.values() if state.handled}
    if needed != handlers.keys():
        raise ValueError(f"{model.__name__}: handlers and handled states differ in {sorted(needed ^ handlers.keys())}")
    now = now or clock.now()
    return Counter(look(row, handlers, now) for row in due(models.QuerySet(model), now)[:limit])


def look(row: Tracked, handlers: Mapping[str, Handler], now: datetime) -> str:
    """Do what is due for one row; returns the word that :func:`run_due` counts."""
    state = row.graph.states[row.state]
    try:
        _claim(row, now)
        if state.timeout is not None and _since(row, state.timeout) <= now:
            move(row, state.times_out_to, now=now)
            return "timed_out"
        if state.handled:
            return _attempt(row, state, handlers[state.name], now)
        return _tidy(row, state, now)
    except StaleRowError:
        return "lost"


def _attempt(row: Tracked, state: State, handler: Handler, now: datetime) -> str:
    begun = (row.state, row.state_since)
    try:
        following = handler(row)
    except StaleRowError:
        raise
    except Exception as error:  # one row's failure must not stop the others
        log.exception("attempt failed", model=type(row).__name__, row=str(row.pk), state=state.name)
        delay = back_off(state.try_interval or 0, row.attempts + 1, _random.random())
        text = f"{type(error).__name__}: {error}"[:MAX_ERROR]
        _update(row, next_attempt_at=_next_look(row, state, now, delay), attempts=row.attempts + 1, last_error=text)
        return "failed"
    if (row.state, row.state_since) != begun:
        return "moved"
    if following is not None:
        move(row, following, now=now)
        return "moved"
    delay = back_off(state.try_interval or 0, 0, _random.random())
    _update(row, next_attempt_at=_next_look(row, state, now, delay), attempts=0, last_error="")
    return "waiting"


def _tidy(row: Tracked, state: State, now: datetime) -> str:
    if state.delete_after is not None and _since(row, state.delete_after) <= now:
        row.delete()
        return "deleted"
    _update(row, next_attempt_at=_first_look(state, row.state_since))
    return "waiting"


def _first_look(state: State, since: datetime) -> datetime | None:
    if state.handled:
        return since
    wait = state.delete_after if state.final else state.timeout
    return None if wait is None else since + timedelta(seconds=wait)


def _next_look(row: Tracked, state: State, now: datetime, delay: float) -> datetime:
    again = now + timedelta(seconds=delay)
    return again if state.timeout is None else min(again, _since(row, state.timeout))


def _since(row: Tracked, seconds: float) -> datetime:
    return row.state_since + timedelta(seconds=seconds)


def _claim(row: Tracked, now: datetime) -> None:
    # Naming the old next_attempt_at lets only one of several runners have the row.
    _update(row, ("next_attempt_at",), next_attempt_at=now + timedelta(seconds=LEASE))


def _update(row: Tracked, also: tuple[str, ...] = (), /, **changes: Any) -> None:
    # state_since guards against a row that left its state and came back.
    expected = {name: getattr(row, name) for name in ("pk", "state", "state_since", *also)}
    if not models.QuerySet(type(row)).filter(**expected).update(**changes):
        raise StaleRowError(f"{type(row).__name__} {row.pk} is no longer {row.state}")
    for name, value in changes.items():
        setattr(row, name, value)
