"""Grants compiled from agreements, or made by the member itself."""

from __future__ import annotations

from django.db import models

from twincity.engines.exchange.models.agreements import Agreement


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
