"""Tables of what a steward has registered: sources, and each delivery of their data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from twincity.kernel import ids


class Source(models.Model):
    """Data or a service of this node's territory that were registered without code."""

    class Home:
        kept = "member"
        leaves = "published"
        erase = "delete"

    class Kind(models.TextChoices):
        CSV = "csv", _("Separated values (CSV)")
        PARQUET = "parquet", "Parquet"
        GEOJSON = "geojson", "GeoJSON"
        SQL = "sql", _("Table of a database")

    id = models.CharField(primary_key=True, max_length=36, default=ids.new_id)
    name = models.CharField(_("name"), max_length=63, unique=True)
    """Of the dataset and of the service over it."""
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    title = models.JSONField(_("title"))
    """``{"zh-Hans": …, "en": …}``; so is the description."""
    description = models.JSONField(_("description"))
    origin = models.JSONField(_("origin"), default=dict)
    """Where the bytes came from: ``file``, or ``source`` and ``table``."""
    standard = models.CharField(_("standard"), max_length=400, blank=True)
    """Identifier URI."""
    licence = models.CharField(_("licence"), max_length=200)
    rhythm = models.CharField(_("brought up to date"), max_length=12)
    division = models.CharField(_("territory code"), max_length=6)
    department = models.CharField(_("responsible department"), max_length=100, blank=True)
    made_from = models.JSONField(_("made from"), default=list)
    """Identifier URIs of the datasets that this one was derived from."""
    published = models.BooleanField(_("published"), default=False)
    created = models.DateTimeField(_("registered"))
    changed = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("registered source")
        verbose_name_plural = _("registered sources")


class SourceVersion(models.Model):
    """One delivery of a source's data; neither the row nor the file ever changes."""

    class Home:
        kept = "member"
        leaves = "asked"
        erase = "delete"

    id = models.CharField(primary_key=True, max_length=36, default=ids.new_id)
    source = models.ForeignKey(Source, models.CASCADE, related_name="versions", verbose_name=_("registered source"))
    number = models.PositiveIntegerField(_("version"))
    digest = models.CharField(_("SHA-256 of the file"), max_length=64)
    """Of the Parquet file, which also bears it as its name."""
    origin_digest = models.CharField(_("SHA-256 of what was delivered"), max_length=64)
    fingerprint = models.CharField(_("fingerprint of the table"), max_length=64)
    columns = models.JSONField(_("columns"))
    """Each column's name, narrowest type, filled cells, distinct values and longest text."""
    mapping = models.JSONField(_("mapping"))
    """Column by field of the standard."""
    rows = models.BigIntegerField(_("rows"))
    size = models.BigIntegerField(_("bytes"))
    at = models.DateTimeField(_("delivered"))

    class Meta:
        verbose_name = _("version of a source")
        verbose_name_plural = _("versions of sources")
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="sharing_source_version")]
