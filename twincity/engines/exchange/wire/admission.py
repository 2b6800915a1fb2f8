"""Admission of a call by its class and deadline, before any costly work is done for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from twincity.engines.exchange.wire.headers import Headers
from twincity.kernel.limits import Gate, Priority, Ticket
from twincity.kernel.problems import INVALID, Problem

_PRIORITIES = {"": Priority.INTERACTIVE, **{each.name.lower(): each for each in Priority}}
LONGEST_MS = 600_000


@dataclass(slots=True)
class Place:
    """A place at the gate."""

    ticket: Ticket
    telling: bool = True
    """Whether the time it is held tells how busy the node is; that of a stream tells of its length and its peer."""

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Give the place to others while the peer is waited for, who could else hold all places by being slow."""
        self.ticket.rest()
        try:
            yield
        finally:
            self.ticket.resume(time.monotonic())


@contextmanager
def admitted(gate: Gate, peer: str, headers: Headers, kind: str) -> Iterator[Place]:
    """A place at the gate for the time of a call.

    ``tc-priority`` is ``emergency``, ``interactive`` (default) or ``batch``; ``tc-deadline`` the milliseconds within
    which the answer is of use, so that no two clocks need to agree.

    Raises:
        Problem: ``invalid`` for a value that is neither; ``overloaded``, ``rate-exceeded`` or ``too-late`` with the
            seconds to wait.
    """
    now = time.monotonic()
    place = Place(gate.enter(peer, priority(headers), deadline(headers, now), now, kind))
    answered = False
    try:
        yield place
        answered = True
    finally:
        place.ticket.leave(time.monotonic(), counts=answered and place.telling)


def kind_of(path: str) -> str:
    """What sort of work a path stands for: door and service, so that slow and fast services are told apart."""
    return "/".join(path.split("/", 4)[:4])


def priority(headers: Headers) -> Priority:
    """The class a call claims."""
    try:
        return _PRIORITIES[headers.get("tc-priority", "")]
    except KeyError as error:
        reason = "emergency, interactive or batch"
        raise Problem(INVALID, field="tc-priority", name="tc-priority", reason=reason) from error


def deadline(headers: Headers, now: float) -> float | None:
    """Monotonic time of the deadline, None when there is none."""
    text = headers.get("tc-deadline")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LONGEST_MS):
        reason = f"milliseconds from 1 to {LONGEST_MS}"
        raise Problem(INVALID, field="tc-deadline", name="tc-deadline", reason=reason)
    return now + int(text) / 1000
