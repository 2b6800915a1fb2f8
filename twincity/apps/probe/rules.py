"""What the probe answers: deterministic data, so that both ends can tell whether it arrived whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

PIECE = 256 * 1024


def person(key: str) -> dict[str, Any]:
    """A made-up person of that name in the probe's data."""
    return {"person": key, "name": f"name of {key}", "born": 1900 + sum(key.encode()) % 100, "grade": len(key)}


def pattern(size: int) -> Iterator[bytes]:
    """``size`` bytes of a repeating pattern, in pieces."""
    piece = bytes(range(256)) * (PIECE // 256)
    for _ in range(size // PIECE):
        yield piece
    if rest := size % PIECE:
        yield piece[:rest]
