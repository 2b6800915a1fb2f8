"""How a citizen's account at one node and the same person's data at another are tied by a pseudonym alone."""

from __future__ import annotations

from django.db import models


class LinkCode(models.Model):
    """At the provider: a code handed to a person whom it has identified, good for one link."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    digest = models.BinaryField(max_length=32, unique=True)
    """SHA-256 of the code."""
    person_key = models.CharField(max_length=200)
    """What the provider's own data call the person."""
    expires = models.DateTimeField()
    issued_by = models.CharField(max_length=150)
    used = models.BooleanField(default=False)


class Linked(models.Model):
    """At the provider: a person of its data, and the pseudonym by which a home node speaks of that person."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    home = models.CharField(max_length=200)
    pseudonym = models.CharField(max_length=43)
    person_key = models.CharField(max_length=200, db_index=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home", "pseudonym"], name="linked_once")]


class Link(models.Model):
    """At home: a citizen's link to one provider, and when it was last asked who used the data."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    person = models.CharField(max_length=400, db_index=True)
    provider = models.CharField(max_length=200)
    at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    last = models.BigIntegerField(default=-1)
    """Place in the provider's ledger up to which its accesses are known here."""

    class Meta:
        ordering = ["provider"]
        constraints = [models.UniqueConstraint(fields=["person", "provider"], name="link_once")]


class AccessSeen(models.Model):
    """At home: one access to a citizen's data, as the provider's record tells it."""

    class Home:
        kept = "cache"
        leaves = "never"
        erase = "delete"

    link = models.ForeignKey(Link, models.CASCADE, related_name="accesses")
    index = models.BigIntegerField()
    message = models.CharField(max_length=64)
    at = models.DateTimeField()
    consumer = models.CharField(max_length=200)
    service = models.CharField(max_length=100)
    purpose = models.CharField(max_length=100)
    fields = models.JSONField(default=list)
    consent = models.CharField(max_length=36, blank=True)
    outcome = models.CharField(max_length=60)
    proven = models.BooleanField()
    """Whether the record was shown to be in the provider's ledger under a witnessed checkpoint."""
    evidence = models.JSONField()
    """The record and its proof, for whoever wants to check them again."""

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["link", "index"], name="access_once")]
