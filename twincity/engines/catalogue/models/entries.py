"""What the whole circle publishes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What an entry describes."""

    STANDARD = "standard", _("Standard")
    DATASET = "dataset", _("Dataset")
    SERVICE = "service", _("Service")
    DUTY_LIST = "duty-list", _("Duty list")


class Entry(models.Model):
    """One version of a published document; rebuilt from the public logs when the table is lost."""

    class Home:
        kept = "cache"
        leaves = "published"
        erase = "keep"

    identifier = models.CharField(primary_key=True, max_length=400)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    owner = models.CharField(max_length=253)
    name = models.CharField(max_length=63)
    version = models.CharField(max_length=40)
    title = models.JSONField()
    """``{"zh-Hans": …, "en": …}``."""
    body = models.JSONField()
    log_index = models.BigIntegerField()
    """Place in the owner's public log."""
    kid = models.CharField(max_length=100)
    """Name of the key that signed it."""
    published_at = models.DateTimeField()
    superseded = models.BooleanField(default=False)
    """Whether the owner published a later document of this kind and name."""
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_index = models.BigIntegerField(null=True)
    withdrawn_reason = models.JSONField(null=True)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        indexes = [
            models.Index(fields=["owner", "kind", "name", "log_index"], name="catalogue_entry_versions"),
            models.Index(fields=["owner", "log_index"], name="catalogue_entry_place"),
            models.Index(fields=["name"], name="catalogue_entry_name"),
            models.Index(fields=["owner", "withdrawn_index"], name="catalogue_entry_withdrawal"),
            models.Index(fields=["superseded", "withdrawn_at", "kind", "owner"], name="catalogue_entry_facets"),
            models.Index(fields=["-published_at", "identifier"], name="catalogue_entry_newest"),
        ]
