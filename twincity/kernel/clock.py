"""Wall time in one place, so that a drill can move it.

``TWINCITY_CLOCK_OFFSET`` (seconds, may be negative) or :func:`shift` moves what the node takes for now. Intervals
and timeouts use the monotonic clock and are never moved.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

_offset = float(os.environ.get("TWINCITY_CLOCK_OFFSET", "0"))


def shift(seconds: float) -> None:
    """Set the offset against the machine's clock, in seconds. Only drills and tests call this."""
    global _offset  # noqa: PLW0603  the one place where time is kept
    _offset = seconds


def millis() -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return int((time.time() + _offset) * 1000)


def unix() -> int:
    """Whole seconds since 1970-01-01 UTC."""
    return int(time.time() + _offset)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.fromtimestamp(time.time() + _offset, UTC)


def instant(millis_: int) -> datetime:
    """The aware UTC instant of a count of milliseconds since 1970."""
    return datetime.fromtimestamp(millis_ / 1000, UTC)
