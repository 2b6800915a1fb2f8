"""Reads of services that systems of this member answer, and of what ``node.toml`` says of these systems."""

from __future__ import annotations

import msgspec
from django.conf import settings
from django.db.models import Max, QuerySet

from twincity.apps.sharing.models import SystemService
from twincity.apps.sharing.sources.operation import Operation
from twincity.engines.catalogue import facade as catalogue
from twincity.kernel.problems import NOT_FOUND, Problem

_WEB = ("http://", "https://")


def named() -> list[str]:
    """Systems with a web address that ``node.toml`` names."""
    return sorted(name for name, each in settings.CONFIG.sources.items() if each.url.startswith(_WEB))


def address(system: str) -> str:
    """Where a system is.

    Raises:
        Problem: ``not-found`` when ``node.toml`` names no such system, or only a database.
    """
    if system not in named():
        raise Problem(NOT_FOUND, field="system", what=f"[sources.{system}] url = http")
    return str(settings.CONFIG.sources[system].url)


def services() -> QuerySet[SystemService]:
    """All registered services by name."""
    return SystemService.objects.order_by("name")


def service(name: str) -> SystemService:
    """The service of a name.

    Raises:
        Problem: ``not-found``.
    """
    found = SystemService.objects.filter(name=name).first()
    if found is None:
        raise Problem(NOT_FOUND, field="name", what=f"service {name}")
    return found


def operations(found: SystemService) -> tuple[Operation, ...]:
    """The operations that a service offers."""
    return msgspec.convert(found.operations, tuple[Operation, ...])


def standard(found: SystemService) -> catalogue.Standard | None:
    """The standard of its rows; None when it has none.

    Raises:
        Problem: ``not-found`` when this node has never seen it.
    """
    known = catalogue.standard(name=found.standard) if found.standard else None
    if found.standard and known is None:
        raise Problem(NOT_FOUND, field="standard", what=found.standard)
    return known


def silent() -> list[SystemService]:
    """Published services whose systems do not answer."""
    return list(services().filter(published=True).exclude(trouble=""))


def stamp() -> object:
    """Changes whenever what is offered does."""
    return SystemService.objects.count(), SystemService.objects.aggregate(last=Max("changed"))["last"]
