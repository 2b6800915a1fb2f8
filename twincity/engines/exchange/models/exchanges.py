"""The index over the ledger's records."""

from __future__ import annotations

from django.db import models


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
    consent = models.CharField(max_length=36, default="")
    subject = models.CharField(max_length=43, default="")
    """Pseudonym of the person whose data were asked for."""

    class Meta:
        ordering = ["-index"]
        indexes = [
            models.Index(fields=["peer", "at"], name="exchange_by_peer"),
            models.Index(fields=["subject", "index"], name="exchange_by_subject"),
            models.Index(fields=["consent", "index"], name="exchange_by_consent"),
        ]
