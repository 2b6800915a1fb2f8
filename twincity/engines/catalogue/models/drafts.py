"""Standards in the making, what the anchors say of published ones, and how local tables map to them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from twincity.kernel import ids


class Stance(models.TextChoices):
    """What an anchor says of a standard that is proposed for the whole circle."""

    ENDORSED = "endorsed", _("Endorsed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Signature withdrawn")


class Draft(models.Model):
    """A standard that a steward is working on; it may be faulty until it is published."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    id = models.CharField(primary_key=True, max_length=36, default=ids.new_id)
    name = models.CharField(max_length=63)
    standard = models.JSONField()
    """Structure of a ``rules.Standard``, with or without faults."""
    based_on = models.CharField(max_length=400, blank=True)
    """Identifier of the published version it began with."""
    revision = models.PositiveIntegerField(default=1)
    """Counts the changes, so that of two stewards the second does not undo what the first did."""
    edited_by = models.CharField(max_length=150)
    edited_at = models.DateTimeField()

    class Meta:
        verbose_name = _("draft of a standard")
        verbose_name_plural = _("drafts of standards")
        indexes = [models.Index(fields=["-edited_at"], name="catalogue_draft_newest")]


class Endorsement(models.Model):
    """The last word of an anchor on one version of a standard; rebuilt from the public logs when the table is lost."""

    class Home:
        kept = "cache"
        leaves = "published"
        erase = "keep"

    id = models.BigAutoField(primary_key=True)
    anchor = models.CharField(max_length=253)
    standard = models.CharField(max_length=400)
    """Identifier of the version."""
    digest = models.CharField(max_length=64)
    """SHA-256 of the contents that the anchor saw."""
    stance = models.CharField(max_length=10, choices=Stance.choices)
    reason = models.JSONField(null=True)
    log_index = models.BigIntegerField()
    """Place in the anchor's public log."""
    kid = models.CharField(max_length=100)
    stated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("endorsement")
        verbose_name_plural = _("endorsements")
        constraints = [models.UniqueConstraint(fields=["standard", "anchor"], name="catalogue_endorsement_once")]


class Mapping(models.Model):
    """One version of how a local table becomes rows of a standard."""

    class Home:
        kept = "member"
        leaves = "never"
        erase = "delete"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=63)
    version = models.PositiveIntegerField()
    standard = models.CharField(max_length=400)
    """Identifier of the version it was written for."""
    body = models.JSONField()
    """Structure of a ``rules.mapping.Mapping``."""
    saved_by = models.CharField(max_length=150)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="catalogue_mapping_version")]
