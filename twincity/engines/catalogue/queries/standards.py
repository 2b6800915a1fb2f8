"""Published standards as their stewards look for them."""

from __future__ import annotations

from django.db.models import QuerySet

from twincity.engines.catalogue.models import Entry
from twincity.engines.catalogue.queries.entries import standard_of, versions
from twincity.engines.catalogue.rules import Standard


def standards() -> QuerySet[Entry]:
    """All published versions of all members that are not withdrawn, by name, newest first."""
    found = Entry.objects.filter(kind="standard", withdrawn_at=None)
    return found.order_by("name", "owner", "-log_index")


def same_name(found: Entry) -> list[Entry]:
    """All other versions of that name by whomever, newest first: what a version can be compared with."""
    others = Entry.objects.filter(kind="standard", name=found.name).exclude(pk=found.pk)
    return list(others.order_by("-published_at", "identifier")[:100])


def published_versions(owner: str, name: str) -> list[Standard]:
    """All that an owner has published under a name, withdrawn ones too, since their numbers are spent."""
    return [standard_of(each) for each in versions(owner=owner, kind="standard", name=name)]
