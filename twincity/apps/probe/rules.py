"""What the probe answers: deterministic data, so that both ends can tell whether it arrived whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

PIECE = 256 * 1024
MIB = 2**20


def person(key: str) -> dict[str, Any]:
    """A made-up person of that name in the probe's data."""
    return {"person": key, "name": f"name of {key}", "born": 1900 + sum(key.encode()) % 100, "grade": len(key)}


def described(mib: int) -> dict[str, Any]:
    """The file of so many MiB, as a provider of files describes it."""
    whole = hashlib.sha256()
    for piece in pattern(mib * MIB):
        whole.update(piece)
    return {"tag": str(mib), "size": mib * MIB, "sha256": whole.hexdigest()}


def pattern(size: int, offset: int = 0) -> Iterator[bytes]:
    """The first ``size`` bytes of a repeating pattern from an offset on, in pieces."""
    piece = bytes((offset + n) % 256 for n in range(256)) * (PIECE // 256)
    size = max(0, size - offset)
    for _ in range(size // PIECE):
        yield piece
    if rest := size % PIECE:
        yield piece[:rest]
