"""The search index over what is in force, and the order in which things changed. Rebuilt with the entries."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from twincity.engines.catalogue.models.entries import Entry


class Indexed(models.Model):
    """The entry in force under an owner, kind and name; what replaces it takes its slot.

    Beside the columns here the database keeps the terms searchable: SQLite in the FTS5 table ``catalogue_terms``,
    PostgreSQL in the generated column ``terms`` (migration ``0002``).
    """

    class Home:
        kept = "cache"
        leaves = "published"
        erase = "keep"

    slot = models.BigAutoField(primary_key=True)
    """The entry's bit in all sets of a search; so slots stay few while versions grow many."""
    entry = models.OneToOneField(Entry, models.CASCADE, null=True, related_name="+")
    """None once the entry is withdrawn."""
    owner = models.CharField(max_length=253)
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=63)
    published = models.BigIntegerField()
    """Seconds since 1970."""
    head = models.TextField()
    """Terms of name and title in their order, between spaces."""
    words = models.TextField()
    """Terms of everything else."""
    traits = models.JSONField()
    """Values by facet, see :func:`twincity.engines.catalogue.documents.traits_of`."""
    west = models.FloatField(null=True)
    """The box that the entry covers, degrees of WGS 84."""
    south = models.FloatField(null=True)
    east = models.FloatField(null=True)
    north = models.FloatField(null=True)
    seq = models.BigIntegerField(db_index=True)
    """The change that wrote this row."""

    class Meta:
        verbose_name = _("search row")
        verbose_name_plural = _("search rows")
        constraints = [models.UniqueConstraint(fields=["owner", "kind", "name"], name="catalogue_indexed_line")]
        indexes = [models.Index(fields=["west", "east", "south", "north"], name="catalogue_indexed_box")]


class Act(models.TextChoices):
    """What happened to an entry."""

    PUBLISHED = "published", pgettext_lazy("what happened", "Published")
    CHANGED = "changed", _("Changed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Change(models.Model):
    """One document of a public log as this node took it in; only ever appended to."""

    class Home:
        kept = "cache"
        leaves = "published"
        erase = "keep"

    seq = models.BigIntegerField(primary_key=True)
    """Microseconds since 1970 at which this node took it in, made unique and ascending in the order of commits."""
    act = models.CharField(max_length=10, choices=Act.choices)
    identifier = models.CharField(max_length=400)
    owner = models.CharField(max_length=253)
    log_index = models.BigIntegerField()
    """Place of the document, or of its withdrawal, in the owner's public log."""

    class Meta:
        verbose_name = _("change of the catalogue")
        verbose_name_plural = _("changes of the catalogue")
