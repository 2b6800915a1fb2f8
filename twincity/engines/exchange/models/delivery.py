"""Messages on their way: what this node has to deliver, and what it has taken in from others.

Machines write these tables by raw SQL, many rows to one commit; times are milliseconds since 1970.
"""

from __future__ import annotations

from django.db import models


class OutboxMessage(models.Model):
    """A signed message to another member, from the moment its sender was told 202 to its result."""

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "delete"

    class State(models.TextChoices):
        """Queued, then taken by the partner, then answered; or dead until a person retries or drops it."""

        QUEUED = "queued"
        TAKEN = "taken"
        DONE = "done"
        DEAD = "dead"
        DROPPED = "dropped"

    seq = models.BigAutoField(primary_key=True)
    id = models.CharField(max_length=64, unique=True)
    """Message id: the same in both ledgers, and the key of exactly-once effect."""
    destination = models.CharField(max_length=200)
    lane = models.CharField(max_length=64)
    number = models.BigIntegerField()
    """Place in the lane; grows, with gaps."""
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    priority = models.SmallIntegerField()
    service = models.CharField(max_length=100)
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=500)
    purpose = models.CharField(max_length=100)
    system = models.CharField(max_length=100)
    request = models.BinaryField()
    """The envelope as it travels: headers with signature, and the body."""
    size = models.IntegerField()
    queued = models.BigIntegerField()
    expires = models.BigIntegerField()
    next = models.BigIntegerField(default=0)
    attempts = models.IntegerField(default=0)
    error = models.CharField(max_length=300, default="")
    taken = models.BigIntegerField(default=0)
    receipt = models.CharField(max_length=300, default="")
    """The provider's promise of a place in its log, as it was signed."""
    answered = models.BigIntegerField(default=0)
    status = models.SmallIntegerField(default=0)
    media_type = models.CharField(max_length=100, default="")
    result = models.BinaryField(default=b"")
    decided_by = models.CharField(max_length=150, default="")
    reason = models.CharField(max_length=300, default="")

    class Meta:
        indexes = [
            models.Index(fields=["destination", "state", "priority", "number"], name="outbox_by_turn"),
            models.Index(fields=["state", "seq"], name="outbox_by_state"),
        ]
        constraints = [models.UniqueConstraint(fields=["destination", "lane", "number"], name="outbox_place")]


class InboxMessage(models.Model):
    """A message taken in from another member; the row is queue, proof against doubles, and log of the effect."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    class State(models.TextChoices):
        """Taken, then done; or dead until a person retries or drops it."""

        TAKEN = "taken"
        DONE = "done"
        DEAD = "dead"
        DROPPED = "dropped"

    seq = models.BigAutoField(primary_key=True)
    peer = models.CharField(max_length=200)
    id = models.CharField(max_length=64)
    lane = models.CharField(max_length=64)
    number = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.TAKEN)
    service = models.CharField(max_length=100)
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=500)
    query = models.TextField()
    headers = models.TextField()
    """The message's signed fields (JSON), of which the handler may know purpose, system and case."""
    body = models.BinaryField()
    taken = models.BigIntegerField()
    expires = models.BigIntegerField()
    next = models.BigIntegerField(default=0)
    attempts = models.IntegerField(default=0)
    error = models.CharField(max_length=300, default="")
    done = models.BigIntegerField(default=0)
    status = models.SmallIntegerField(default=0)
    decided_by = models.CharField(max_length=150, default="")
    reason = models.CharField(max_length=300, default="")

    class Meta:
        indexes = [models.Index(fields=["state", "seq"], name="inbox_by_state")]
        constraints = [models.UniqueConstraint(fields=["peer", "id"], name="inbox_once")]


class InboxLane(models.Model):
    """How far a lane of a partner has come here; outlives the messages."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "keep"

    pk = models.CompositePrimaryKey("peer", "lane")
    peer = models.CharField(max_length=200)
    lane = models.CharField(max_length=64)
    number = models.BigIntegerField()
    """The last message taken in."""
