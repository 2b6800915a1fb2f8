"""Tables of the exchange: agreements, the grants compiled from them, and an index over the ledger's records."""

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
        """Requested, then active or refused; active may be suspended and comes to an end."""

        REQUESTED = "requested"
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
    told = models.BooleanField(default=True)
    """Whether the consumer has acknowledged the present decision."""
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-requested_at"]
        indexes = [models.Index(fields=["state", "requested_at"], name="agreement_by_state")]


class GrantRow(models.Model):
    """A compiled grant, as :class:`twincity.engines.exchange.rules.Grant`."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "keep"

    id = models.CharField(primary_key=True, max_length=60)
    agreement = models.ForeignKey(Agreement, null=True, on_delete=models.CASCADE, related_name="grants")
    service = models.CharField(max_length=100)
    subject = models.CharField(max_length=200)
    active = models.BooleanField(default=True)
    body = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["service", "subject"], name="grant_by_service")]


class ExchangeRow(models.Model):
    """Index over the exchange records of this node's ledger; can be dropped and rebuilt from it."""

    class Home:
        kept = "cache"
        leaves = "never"
        erase = "keep"

    index = models.BigIntegerField(primary_key=True)
    """Place in the ledger."""
    message = models.CharField(max_length=64, db_index=True)
    side = models.CharField(max_length=8)
    at = models.DateTimeField(db_index=True)
    peer = models.CharField(max_length=200)
    service = models.CharField(max_length=100)
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=500)
    purpose = models.CharField(max_length=100)
    system = models.CharField(max_length=100)
    outcome = models.CharField(max_length=60)
    grant = models.CharField(max_length=60)
    case = models.CharField(max_length=100, db_index=True)
    stale = models.BooleanField()
    size = models.BigIntegerField()
    micros = models.BigIntegerField()

    class Meta:
        ordering = ["-index"]
        indexes = [models.Index(fields=["peer", "at"], name="exchange_by_peer")]
