"""Requests for consent at both ends, and what a recipient owes after a withdrawal."""

from __future__ import annotations

from django.db import models


class ConsentAsk(models.Model):
    """At the recipient: a request for consent that a person takes up at home by its code."""

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "delete"

    code = models.CharField(primary_key=True, max_length=20)
    agreement = models.CharField(max_length=300)
    case = models.CharField(max_length=100, blank=True)
    body = models.JSONField()
    """As :class:`twincity.engines.exchange.consent.documents.Ask`."""
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    expires = models.DateTimeField()
    home = models.CharField(max_length=200, blank=True)
    """The node that has taken it up; no other gets it any more."""
    consent = models.CharField(max_length=36, blank=True)

    class Meta:
        ordering = ["-asked_at"]


class ReceivedAsk(models.Model):
    """At home: a request that waits for a citizen's decision."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    class State(models.TextChoices):
        """Waiting, then given or declined."""

        WAITING = "waiting"
        GIVEN = "given"
        DECLINED = "declined"

    person = models.CharField(max_length=400, db_index=True)
    consumer = models.CharField(max_length=200)
    code = models.CharField(max_length=20)
    body = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    at = models.DateTimeField()
    consent = models.CharField(max_length=36, blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["consumer", "code"], name="received_ask_once")]


class Obligation(models.Model):
    """At the recipient: data received under a consent that has ended must be deleted by a day."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "keep"

    consent = models.OneToOneField("exchange.Consent", models.PROTECT, related_name="obligation")
    due = models.DateTimeField()
    opened = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=150, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["done_at", "due"]
