"""Reads of the probe."""

from __future__ import annotations

from twincity.apps.probe.models import Note


def notes(*, after: int = 0, limit: int = 10_000) -> list[tuple[int, str, str, str]]:
    """Number, member, message and text of each note, in order of effect."""
    found = Note.objects.filter(pk__gt=after).values_list("pk", "member", "message", "text")
    return list(found[:limit])
