"""What happened, one thing after another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twincity.kernel.ui.parts import Tone


@dataclass(frozen=True)
class Event:
    """One thing that happened, or will.

    Args:
        at: an aware datetime or milliseconds since 1970; None for what has not happened yet.
        title: what happened, in a few words.
        tone: how it went.
        note: one more sentence.
        href: where it is told in full.
    """

    at: datetime | float | None
    title: Any
    tone: Tone = "quiet"
    note: Any = ""
    href: str = ""
