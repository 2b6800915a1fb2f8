"""Rooms: events that members publish, kept for a while, and how far each subscriber has come."""

from __future__ import annotations

from django.db import models


class Room(models.Model):
    """A room of this member's; events in it are numbered from 1 without gaps."""

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "delete"

    name = models.CharField(primary_key=True, max_length=60)
    title_zh = models.CharField(max_length=100)
    title_en = models.CharField(max_length=100)
    standard = models.CharField(max_length=200, blank=True)
    """Identifier of the standard that the events' data follow."""
    keep_seconds = models.BigIntegerField()
    keep_events = models.BigIntegerField()
    first = models.BigIntegerField(default=1)
    """Number of the oldest event that is still here."""
    last = models.BigIntegerField(default=0)
    created = models.BigIntegerField()


class RoomEvent(models.Model):
    """One event, in the JSON in which it came."""

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "delete"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="events")
    number = models.BigIntegerField()
    key = models.CharField(max_length=64)
    """SHA-256 of source and id, which together name an event (CloudEvents 1.0 section 3.1.1)."""
    member = models.CharField(max_length=200)
    message = models.CharField(max_length=64)
    """Id of the exchange by which it came; both ledgers hold it."""
    at = models.BigIntegerField()
    event = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "number"], name="event_place"),
            models.UniqueConstraint(fields=["room", "key"], name="event_once"),
        ]


class Subscriber(models.Model):
    """How far a partner's system has come in a room of this member's, as it says itself."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="subscribers")
    member = models.CharField(max_length=200)
    system = models.CharField(max_length=100)
    cursor = models.BigIntegerField(default=0)
    """The last event acknowledged."""
    seen = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "member", "system"], name="subscriber_once")]


class Following(models.Model):
    """How far a system of this member's has come in a room anywhere in the circle."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    provider = models.CharField(max_length=200)
    room = models.CharField(max_length=60)
    system = models.CharField(max_length=100)
    cursor = models.BigIntegerField(default=0)
    seen = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "room", "system"], name="following_once")]
