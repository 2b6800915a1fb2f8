"""Data agreements as members published them, consents in the state this node knows, and where it has told of them."""

from __future__ import annotations

from django.db import models


class DataAgreementRow(models.Model):
    """One revision of a data agreement, as :class:`twincity.engines.exchange.consent.documents.DataAgreement`."""

    class Home:
        kept = "shared"
        leaves = "published"
        erase = "keep"

    identifier = models.CharField(max_length=300)
    revision = models.PositiveIntegerField()
    owner = models.CharField(max_length=200, db_index=True)
    active = models.BooleanField()
    current = models.BooleanField(default=True)
    """Whether no later revision is known."""
    body = models.JSONField()
    token = models.TextField()

    class Meta:
        ordering = ["identifier", "-revision"]
        constraints = [models.UniqueConstraint(fields=["identifier", "revision"], name="data_agreement_once")]


class Consent(models.Model):
    """A consent: kept by the node of the citizen's account, by the provider, and by each recipient."""

    class Home:
        kept = "shared"
        leaves = "asked"
        erase = "blank"

    class State(models.TextChoices):
        """Given, then withdrawn for good; that one has expired is seen from its time."""

        GIVEN = "given"
        WITHDRAWN = "withdrawn"

    id = models.CharField(primary_key=True, max_length=36)
    home = models.CharField(max_length=200)
    provider = models.CharField(max_length=200)
    agreement = models.CharField(max_length=300, db_index=True)
    subject = models.CharField(max_length=43)
    """The pseudonym that stands in ledgers."""
    state = models.CharField(max_length=10, choices=State.choices)
    body = models.JSONField()
    token = models.TextField()
    """The home node's signed document (JWS) of the present state."""
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    not_after = models.DateTimeField()
    person = models.CharField(max_length=400, blank=True, db_index=True)
    """At home: the party whose consent it is. Empty elsewhere."""
    linked = models.ForeignKey("exchange.Linked", models.PROTECT, null=True, related_name="consents")
    """At the provider: whose data it is about."""
    receiving = models.BooleanField(default=False)
    """Whether this node is a recipient."""
    case = models.CharField(max_length=100, blank=True)
    """At the recipient that asked: its own case."""

    class Meta:
        ordering = ["-given_at"]


class ConsentDelivery(models.Model):
    """At home: a party to a consent and the state it has acknowledged."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    consent = models.ForeignKey(Consent, models.CASCADE, related_name="deliveries")
    peer = models.CharField(max_length=200)
    acknowledged = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=60, blank=True)
    """Code of what the party last answered instead."""
    due = models.BooleanField(default=True, db_index=True)

    class Meta:
        ordering = ["peer"]
        constraints = [models.UniqueConstraint(fields=["consent", "peer"], name="consent_delivery_once")]
