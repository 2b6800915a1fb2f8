"""Drafts and mappings of this node."""

from __future__ import annotations

from django.db.models import Max, QuerySet

from twincity.engines.catalogue.models import Draft, Mapping


def drafts() -> QuerySet[Draft]:
    """All drafts, those changed last first."""
    return Draft.objects.order_by("-edited_at", "pk")


def draft(identifier: str) -> Draft | None:
    """The draft of an id."""
    return Draft.objects.filter(pk=identifier).first()


def mappings() -> list[Mapping]:
    """The newest version of each mapping, by name."""
    newest = dict(Mapping.objects.values_list("name").annotate(Max("version")))
    rows = Mapping.objects.filter(name__in=newest).order_by("name", "version")
    return [each for each in rows if each.version == newest[each.name]]


def mapping(name: str, version: int = 0) -> Mapping | None:
    """One version of a mapping; the newest for 0."""
    found = Mapping.objects.filter(name=name).order_by("-version")
    return (found.filter(version=version) if version else found).first()


def mapping_versions(name: str) -> QuerySet[Mapping]:
    """All versions of a mapping, newest first."""
    return Mapping.objects.filter(name=name).order_by("-version")
