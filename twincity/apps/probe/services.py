"""Writes of the probe."""

from __future__ import annotations

from twincity.apps.probe.models import Note


def note(*, member: str, message: str, text: str) -> int:
    """Note a text; the number of the note."""
    return int(Note.objects.create(member=member, message=message, text=text).pk)
