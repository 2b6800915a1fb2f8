"""How good this node's own data was found to be."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from twincity.kernel import ids


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
