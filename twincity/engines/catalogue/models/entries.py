"""Tables of what the whole circle publishes, and of how good this node's own data was found to be."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from twincity.kernel import ids


class Kind(models.TextChoices):
    """What an entry describes."""

    STANDARD = "standard", _("Standard")
    DATASET = "dataset", _("Dataset")
    SERVICE = "service", _("Service")


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
    head = models.TextField()
    """Search terms of name and title, each between spaces."""
    words = models.TextField()
    """Search terms of the whole document."""
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
            models.Index(fields=["superseded", "withdrawn_at", "kind", "owner"], name="catalogue_entry_facets"),
            models.Index(fields=["-published_at", "identifier"], name="catalogue_entry_newest"),
        ]


class QualityRun(models.Model):
    """One check of a dataset of this node against its standard."""

    class Home:
        kept = "member"
        leaves = "published"
        erase = "delete"

    id = models.CharField(primary_key=True, max_length=36, default=ids.new_id)
    dataset = models.CharField(max_length=63)
    standard = models.CharField(max_length=63)
    version = models.CharField(max_length=40)
    started = models.DateTimeField()
    ended = models.DateTimeField()
    rows = models.BigIntegerField()
    verdict = models.CharField(max_length=10)
    scores = models.JSONField()
    """Per mille by kind of quality, null where no rule concerned a row."""
    outcomes = models.JSONField()
    """Every rule's counts, threshold and first failures; values above grade ``general-2`` are hidden."""

    class Meta:
        verbose_name = _("quality run")
        verbose_name_plural = _("quality runs")
        indexes = [models.Index(fields=["dataset", "-started"], name="catalogue_run_latest")]
