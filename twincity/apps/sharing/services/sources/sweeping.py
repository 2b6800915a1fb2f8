"""Old extracts go: they can be made again from their version at any time."""

from __future__ import annotations

from pathlib import Path

from twincity.apps.sharing.queries import sources as queries

KEPT_SECONDS = 7 * 86_400
"""Since an extract was last asked for."""
MOST = 32 * 2**30
"""Bytes of all extracts; beyond, those go first that were asked for the longest ago."""


def sweep_extracts(now: float, most: int = MOST) -> int:
    """Remove extracts that are old or too many; how many they were. A delivery under way reads on to its end.

    Args:
        now: seconds since 1970.
        most: bytes that may stay.
    """
    left, gone = most, 0
    for note in sorted((queries.folder() / "extracts").glob("*/*.json"), key=_used, reverse=True):
        file = note.with_suffix("")
        left -= file.stat().st_size if file.exists() else 0
        if left < 0 or now - _used(note) > KEPT_SECONDS:
            note.unlink(missing_ok=True)  # first: without it the file counts as not made
            file.unlink(missing_ok=True)
            gone += 1
    return gone


def _used(note: Path) -> float:
    return note.stat().st_mtime
