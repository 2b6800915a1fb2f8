"""Whether the systems behind published services answer."""

from __future__ import annotations

import asyncio

import structlog

from twincity.apps.sharing.models import SystemService
from twincity.apps.sharing.queries import systems as queries
from twincity.apps.sharing.services.systems import asking
from twincity.apps.sharing.sources.operation import Request
from twincity.kernel import clock
from twincity.kernel.problems import Problem

_FAILED = 500


def look() -> None:
    """Ask each system once and keep what has changed since the last time."""
    found = list(queries.services().filter(published=True))
    for each, trouble in zip(found, asyncio.run(_troubles(found)), strict=True):
        if each.since is None or trouble != each.trouble:
            structlog.get_logger().info("system_looked_at", service=each.name, trouble=trouble)
            SystemService.objects.filter(pk=each.pk).update(trouble=trouble, since=clock.now())


async def _troubles(found: list[SystemService]) -> list[str]:
    return await asyncio.gather(*(_trouble(each) for each in found))


async def _trouble(found: SystemService) -> str:
    """A problem's code, or nothing while the system answers with anything but an error of its own."""
    try:
        address = queries.address(found.system).rstrip("/")
        answer = await asking.ask(found.system, address, Request("GET", found.health, None), {})
    except Problem as problem:
        return problem.kind.code
    return asking.FAULTY.code if answer.status >= _FAILED else ""
