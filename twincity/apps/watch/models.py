"""Tables of the watch: alerts, an operator's own limits, exports of evidence."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from twincity.kernel import clock, ids


class Alert(models.Model):
    """Something that was beyond its limit, from when it was seen until it was over."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "keep"

    id = models.CharField(primary_key=True, max_length=36, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=253, blank=True)
    """A member, log or job; empty for the node itself."""
    severity = models.CharField(max_length=4)
    text = models.JSONField()
    """What was measured last, ``{"zh-Hans": …, "en": …}``."""
    opened_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)
    """When it held last."""
    closed_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=150, blank=True)
    """Who has said that they look into it."""
    taken_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=models.Q(closed_at=None), name="watch_one_open_alert"
            )
        ]
        indexes = [models.Index(fields=["closed_at", "-opened_at"], name="watch_alert_list")]


class OwnLimits(models.Model):
    """The operator's own limits, in one row."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "keep"

    id = models.SmallIntegerField(primary_key=True, default=1)
    body = models.JSONField()


class Export(models.Model):
    """Evidence collected for an auditor, in a file of the node's home until it expires."""

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "delete"

    class State(models.TextChoices):
        """Waiting, running, then one of the others; ready ones expire."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Collecting")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    id = models.CharField(primary_key=True, max_length=36, default=ids.new_id, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    scope = models.JSONField()
    reason = models.CharField(max_length=400)
    """Why the auditor looks, as stated."""
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField(default=clock.now)
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    partial = models.IntegerField(default=0)
    """Exchanges for which the other side did not give its record."""
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=400, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [models.Index(fields=["state", "asked_at"], name="watch_export_queue")]
