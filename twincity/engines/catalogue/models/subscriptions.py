"""What people want to hear of, and what they have been told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue.models.index import Act
from twincity.kernel import clock, ids


class Subscription(models.Model):
    """A search, or one entry in all its versions, whose changes somebody wants to hear of."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    id = models.CharField(primary_key=True, max_length=36, default=ids.new_id)
    account = models.CharField(max_length=150, db_index=True)
    """Its sign-in name."""
    text = models.CharField(max_length=200, blank=True)
    chosen = models.JSONField(default=dict)
    """Choices of the search; ``name`` beside kind and owner for one entry."""
    created = models.DateTimeField(default=clock.now, editable=False)
    after = models.BigIntegerField()
    """Changes up to this one have been looked at."""

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        indexes = [models.Index(fields=["after"], name="catalogue_subscription_after")]


class Notice(models.Model):
    """One change that a subscription asked for."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="notices")
    seq = models.BigIntegerField()
    act = models.CharField(max_length=10, choices=Act.choices)
    identifier = models.CharField(max_length=400)
    title = models.JSONField()
    at = models.DateTimeField(default=clock.now, editable=False)
    unread = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [models.UniqueConstraint(fields=["subscription", "seq"], name="catalogue_notice_once")]
