"""The choices beside a list of entries: each leads to the list with that choice made or taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from twincity.engines.catalogue.models import Kind
from twincity.engines.catalogue.tables.entries import division, publisher


class Choice(NamedTuple):
    """One value of a facet."""

    label: str
    entries: int | None
    """How many it would show; None for the choice that takes all."""
    href: str
    chosen: bool


def facets(chosen: Mapping[str, str], kinds: Counter[str], owners: Counter[str]) -> list[tuple[str, str, list[Choice]]]:
    """Name, label and choices of each facet; publishers in the order of their territories."""
    labels = {kind.value: str(kind.label) for kind in Kind}
    by_place = sorted({*owners, chosen["owner"]} - {""}, key=lambda owner: (division(owner), owner))
    names = {owner: publisher(owner) for owner in by_place}
    return [
        ("kind", _("Kind"), _choices(chosen, "kind", labels, kinds)),
        ("owner", _("Publisher"), _choices(chosen, "owner", names, owners)),
    ]


def _choices(chosen: Mapping[str, str], name: str, labels: Mapping[str, str], counts: Counter[str]) -> list[Choice]:
    everything = Choice(_("All"), None, _address(chosen, name, ""), not chosen[name])
    values = [
        Choice(label, counts[value], _address(chosen, name, value), chosen[name] == value)
        for value, label in labels.items()
    ]
    return [everything, *values]


def _address(chosen: Mapping[str, str], name: str, value: str) -> str:
    kept = {key: each for key, each in {**chosen, name: value}.items() if each}
    return f"?{urlencode(kept)}"
