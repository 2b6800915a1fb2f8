"""Machine doors: raw ASGI functions that answer under a path prefix, ahead of Django.

A unit registers its doors in ``wiring.py``; the edge matches the longest prefix and hands over. A door gets the rest of
the path in ``scope["twincity.rest"]``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Door:
    """A prefix, what answers there, and one line for the documentation."""

    prefix: str
    app: App
    summary: str


_doors: dict[str, Door] = {}


def door(prefix: str, summary: str) -> Callable[[App], App]:
    """Register an ASGI function for ``prefix``: ``/tc1/`` is all below it, without final slash exactly this path."""

    def register(app: App) -> App:
        if prefix in _doors:
            raise ValueError(f"door {prefix} is registered twice")
        _doors[prefix] = Door(prefix, app, summary)
        return app

    return register


def doors() -> list[Door]:
    """All doors, longest prefix first."""
    return sorted(_doors.values(), key=lambda each: -len(each.prefix))


def match(path: str) -> tuple[Door, str] | None:
    """The door with the longest prefix of a path, and the rest of the path behind it."""
    exact = _doors.get(path)
    if exact is not None and not path.endswith("/"):
        return exact, ""
    cut = path.rfind("/")
    while cut != -1:
        found = _doors.get(path[: cut + 1])
        if found is not None:
            return found, path[cut + 1 :]
        cut = path.rfind("/", 0, cut)
    return None
