"""The choices beside a list of entries: each leads to the list with that choice made or taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from twincity.engines.catalogue.documents import FACETS
from twincity.engines.catalogue.forms import SIDES
from twincity.engines.catalogue.models import Entry, Kind
from twincity.engines.catalogue.tables.entries import division, publisher
from twincity.engines.catalogue.tables.labels import GRADES, RHYTHMS, local

SHOWN = 8
"""Values shown of a facet, the commonest; and the one chosen."""


class Choice(NamedTuple):
    """One value of a facet."""

    label: str
    entries: int | None
    """How many it would show; None for the choice that takes all."""
    href: str
    chosen: bool


class Facet(NamedTuple):
    """A facet with its choices; the first two are always in sight."""

    name: str
    label: str
    choices: list[Choice]
    main: bool


def facets(chosen: Mapping[str, str], counts: Mapping[str, Mapping[str, int]]) -> list[Facet]:
    """All facets that have something to choose."""
    titles = {
        "kind": _("Kind"),
        "owner": _("Publisher"),
        "theme": _("Theme"),
        "standard": _("Standard"),
        "licence": _("Licence"),
        "rhythm": _("Brought up to date"),
        "format": _("Format"),
        "grade": _("Grade"),
    }
    found = []
    for name in FACETS:
        values = _shown(name, counts[name], chosen[name])
        if values:
            choices = _choices(chosen, name, values, counts[name])
            found.append(Facet(name, titles[name], choices, main=name in {"kind", "owner"}))
    return found


def hidden(chosen: Mapping[str, str], *but: str) -> list[tuple[str, str]]:
    """Names and values that a form has to carry along so that its search keeps them."""
    return [(name, value) for name, value in parameters(chosen).items() if name not in but]


def parameters(chosen: Mapping[str, str]) -> dict[str, str]:
    """A search as the parameters of the page."""
    kept = {name: value for name, value in chosen.items() if value and name != "box"}
    if chosen.get("box"):
        kept |= dict(zip(SIDES, chosen["box"].split(","), strict=True))
    return kept


def _shown(name: str, counts: Mapping[str, int], chosen: str) -> dict[str, str]:
    """Values with their labels; publishers in the order of their territories, others by their number."""
    common = sorted(counts, key=lambda value: (-counts[value], value))[:SHOWN]
    if name == "kind":
        return {kind.value: str(kind.label) for kind in Kind}
    if chosen and chosen not in common:
        common.append(chosen)
    if name == "owner":
        common.sort(key=lambda owner: (division(owner), owner))
        return {owner: publisher(owner) for owner in common}
    return _labels(name, common)


def _labels(name: str, values: list[str]) -> dict[str, str]:
    if name == "standard":
        known = {each.pk: f"{local(each.title)} {each.version}" for each in Entry.objects.filter(pk__in=values)}
        return {value: known.get(value, value) for value in values}
    words: dict[str, Any] = {"rhythm": RHYTHMS, "grade": {grade: text for grade, (text, _tone) in GRADES.items()}}
    return {value: str(words.get(name, {}).get(value, value)) for value in values}


def _choices(
    chosen: Mapping[str, str], name: str, labels: Mapping[str, str], counts: Mapping[str, int]
) -> list[Choice]:
    everything = Choice(_("All"), None, _address(chosen, name, ""), not chosen[name])
    values = [
        Choice(label, counts.get(value, 0), _address(chosen, name, value), chosen[name] == value)
        for value, label in labels.items()
    ]
    return [everything, *values]


def _address(chosen: Mapping[str, str], name: str, value: str) -> str:
    return f"?{urlencode(parameters({**chosen, name: value}))}"
