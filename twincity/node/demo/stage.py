"""What the steps of the demo share: the live circle, the terminal, what has been learnt so far."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twincity.node.testkit import Circle, LiveNode

PATIENCE = 30.0


class StepFailedError(RuntimeError):
    """Something the demo promises did not hold."""


@dataclass
class Stage:
    """The circle on stage."""

    folder: Path
    circle: Circle
    seen: dict[str, Any] = field(default_factory=dict)
    number: int = 0
    """Of the step that was announced last."""

    @property
    def cq(self) -> LiveNode:
        """重庆, an anchor."""
        return self.circle["cq"]

    @property
    def sc(self) -> LiveNode:
        """四川, an anchor."""
        return self.circle["sc"]

    @property
    def dj(self) -> LiveNode:
        """垫江县, a member under 重庆."""
        return self.circle["dj"]

    def title(self, zh: str, en: str) -> None:
        """Announce the next step."""
        self.number += 1
        say(f"\n{self.number}. {zh}\n   {en}")


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def hold(*, holds: bool, zh: str, en: str) -> None:
    """Print whether something holds.

    Raises:
        StepFailedError: when it does not.
    """
    say(f"   {'✓' if holds else '✗'} {zh}\n     {en}")
    if not holds:
        raise StepFailedError(en)


def until(what: str, condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Wait for a condition and return what it gave.

    Raises:
        StepFailedError: when it does not come true in time.
    """
    end = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise StepFailedError(f"waited {patience:.0f} s in vain for {what}")
        time.sleep(0.1)
