"""Replay guard: a nonce counts once per key while its signature is in time."""

from __future__ import annotations

from collections.abc import Iterable

from twincity.kernel import clock
from twincity.kernel.problems import Problem
from twincity.kernel.tc1.errors import REPLAYED
from twincity.kernel.tc1.message import LIFE, SKEW

WINDOW = LIFE + 2 * SKEW
"""Seconds for which a nonce must be remembered."""


class ReplayGuard:
    """Two generations of nonces, swapped each window: memory is bounded by what two windows can bring.

    Of each pair only its 64-bit hash is kept, salted by the interpreter, in a third of the memory: at 2,000 requests a
    second 20 MB. That one of them hits upon another's is less likely than 1 in 10^13, and costs its sender a retry.
    """

    def __init__(self, known: Iterable[tuple[str, str]] = ()) -> None:
        """Start with the (key, nonce) pairs that an earlier run has seen within the window."""
        self._young = set(map(hash, known))
        self._old: set[int] = set()
        self._turn = clock.unix() + WINDOW

    def check(self, kid: str, nonce: str, now: int) -> None:
        """Remember a nonce.

        Raises:
            Problem: ``signature-replayed`` when this key has used it within the window.
        """
        if now >= self._turn:
            self._old = self._young if now < self._turn + WINDOW else set()
            self._young = set()
            self._turn = now + WINDOW
        seen = hash((kid, nonce))
        if seen in self._young or seen in self._old:
            raise Problem(REPLAYED, field="nonce", nonce=nonce)
        self._young.add(seen)
