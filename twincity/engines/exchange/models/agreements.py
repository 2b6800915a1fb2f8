"""Agreements between members."""

from __future__ import annotations

from django.db import models

from twincity.kernel import ids


class Agreement(models.Model):
    """A request for data and what became of it; both nodes keep it, each with both signatures."""

    class Home:
        kept = "shared"
        leaves = "asked"
        erase = "keep"

    class State(models.TextChoices):
        """Requested, perhaps offered other terms, then active, refused or withdrawn; active comes to an end."""

        REQUESTED = "requested"
        OFFERED = "offered"
        WITHDRAWN = "withdrawn"
        ACTIVE = "active"
        REFUSED = "refused"
        SUSPENDED = "suspended"
        ENDED = "ended"

    id = models.CharField(primary_key=True, max_length=36, default=ids.new_id)
    provider = models.CharField(max_length=200)
    consumer = models.CharField(max_length=200)
    service = models.CharField(max_length=100)
    purpose = models.CharField(max_length=100)
    state = models.CharField(max_length=12, choices=State.choices, default=State.REQUESTED)
    terms = models.JSONField()
    """The terms in force: those asked for, or as the provider narrowed them."""
    request = models.TextField()
    """The consumer's signed request (JWS)."""
    decision = models.TextField(blank=True)
    """The provider's signed decision (JWS), which quotes the request."""
    offer = models.TextField(blank=True)
    """The provider's latest signed offer of other terms (JWS)."""
    withdrawal = models.TextField(blank=True)
    """The consumer's signed word (JWS) that it wants no more."""
    earlier = models.JSONField(default=list)
    """Documents of the negotiation that later ones have answered, in their order (JWS)."""
    told = models.BooleanField(default=True)
    """Whether the consumer has acknowledged the present decision."""
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-requested_at"]
        indexes = [models.Index(fields=["state", "requested_at"], name="agreement_by_state")]
