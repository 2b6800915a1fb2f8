"""Panels of the first page: engines and apps bring them, the page knows none of them.

A panel is a function of the request that returns a template and its context, or None when it has nothing to say::

    @panel(order=30)
    def recent(request):
        return "exchange/panels/recent.html", {"rows": queries.recent(10)}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

Panel = Callable[[HttpRequest], tuple[str, dict[str, Any]] | None]

_panels: dict[str, tuple[int, Panel]] = {}


def panel(*, order: int) -> Callable[[Panel], Panel]:
    """Register a panel; lower orders stand higher. Registering a function again replaces it."""

    def register(function: Panel) -> Panel:
        _panels[f"{function.__module__}.{function.__qualname__}"] = (order, function)
        return function

    return register


def render(request: HttpRequest) -> list[SafeString]:
    """All panels that have something to say to this request, in order."""
    found = (function(request) for _, (_, function) in sorted(_panels.items(), key=lambda item: (item[1][0], item[0])))
    return [render_to_string(template, context, request) for template, context in filter(None, found)]
