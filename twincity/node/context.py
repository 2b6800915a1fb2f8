"""What every page of the portal shows: the node's own title and the menu of the enabled units."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from twincity.engines.identity import facade as identity


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context for ``kernel/base.html``: ``node_title``, ``node_id``, ``menu`` (route, title, order), ``acting``."""
    language = get_language() or "zh-hans"
    entries = sorted((unit.menu.order, unit.menu.route, unit.title) for unit in settings.UNITS if unit.menu)
    return {
        "node_title": settings.CONFIG.title.in_language(language),
        "node_id": settings.CONFIG.id,
        "menu": [{"route": route, "title": title.in_language(language)} for _, route, title in entries],
        "acting": identity.acting_for(request=request) if hasattr(request, "user") else None,
        "here": request.resolver_match.view_name if request.resolver_match else "",
    }
