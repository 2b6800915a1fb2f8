"""What every page of the portal shows: the node's own title and the menu of the enabled units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from twincity.engines.identity import facade as identity
from twincity.kernel.manifests import Menu


@dataclass(frozen=True)
class Entry:
    """One line of the menu."""

    title: str
    route: str
    below: bool
    """Whether it stands below another entry of its unit."""


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context for ``kernel/base.html``: who this node is, its menu, where on it the page belongs, who acts for whom."""
    language = get_language() or "zh-hans"
    here = request.resolver_match.view_name if request.resolver_match else ""
    entries = menu(getattr(request, "user", None), language)
    return {
        "node_title": settings.CONFIG.title.in_language(language),
        "node_id": settings.CONFIG.id,
        "menu": entries,
        "acting": identity.acting_for(request=request) if hasattr(request, "user") else None,
        "here": here,
        "here_in_menu": nearest(here, [entry.route for entry in entries]),
    }


def menu(account: Any, language: str) -> list[Entry]:
    """Entries that somebody may open, those of a unit together; a unit stands where its first entry belongs."""
    units = []
    for unit in settings.UNITS:
        seen = [item for item in sorted(unit.menu, key=lambda item: item.order) if _sees(account, item)]
        lines = [
            Entry((item.title or unit.title).in_language(language), item.route, below=number > 0)
            for number, item in enumerate(seen)
        ]
        units += [(seen[0].order, lines)] if seen else []
    return [line for _, lines in sorted(units, key=lambda unit: unit[0]) for line in lines]


def nearest(here: str, routes: list[str]) -> str:
    """The route of the menu that a page's own route is nearest to, within its unit; empty for none.

    ``catalogue-draft`` belongs to ``catalogue-drafts`` rather than ``catalogue``, ``watch:now`` to ``watch:traffic``.
    """
    kin = [route for route in routes if _family(route) == _family(here)]
    return max(kin, key=lambda route: len(route) if here.startswith(route.removesuffix("s")) else 0, default="")


def _family(route: str) -> str:
    return route.replace(":", "-").partition("-")[0]


def _sees(account: Any, item: Menu) -> bool:
    return not item.who or any(_is(account, who) for who in item.who)


def _is(account: Any, who: str) -> bool:
    if who == "signed-in":
        return bool(getattr(account, "is_authenticated", False))
    if who == "citizen":
        return bool(identity.citizen(account=account))
    return identity.has_role(account=account, role=who)
