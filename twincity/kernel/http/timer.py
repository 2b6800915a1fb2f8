"""A timer that is moved for the price of an assignment.

Timeouts are set and cleared with every request and almost never happen. So the loop's timer is left alone while the
moment moves away from it, and only looked at again when it fires.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

NEVER = math.inf


class Timer:
    """Calls ``action`` once the loop's time has reached the moment set last."""

    __slots__ = ("_action", "_at", "_due", "_handle", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, action: Callable[[], object]) -> None:
        self._loop, self._action = loop, action
        self._at = self._due = NEVER
        self._handle: asyncio.Handle | None = None

    def set(self, at: float) -> None:
        """Move the moment to ``at``, in the loop's time."""
        self._at = at
        if self._handle is None or at < self._due:
            self._arm()

    def after(self, seconds: float) -> None:
        """Move the moment to ``seconds`` from now."""
        self.set(self._loop.time() + seconds)

    def clear(self) -> None:
        """Set no moment."""
        self._at = NEVER

    def cancel(self) -> None:
        """Let go of the loop's timer; nothing happens any more until the next :meth:`set`."""
        self._at = NEVER
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        # uvloop answers a moment that has passed with a plain handle, which does not know when.
        self._due = self._at
        self._handle = self._loop.call_at(self._at, self._fire)

    def _fire(self) -> None:
        self._handle = None
        if self._at == NEVER:
            return
        if self._at > self._loop.time():
            self._arm()
        else:
            self._at = NEVER
            self._action()
