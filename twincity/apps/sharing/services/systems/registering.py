"""From a description and a choice of its operations to a service in the catalogue, and out of it again."""

from __future__ import annotations

import msgspec

from twincity.apps.sharing.models import SystemService
from twincity.apps.sharing.queries import systems as queries
from twincity.apps.sharing.services.sources.registering import check_name
from twincity.apps.sharing.services.systems import descriptions, offering
from twincity.apps.sharing.services.systems.descriptions import Described
from twincity.apps.sharing.sources.operation import Operation
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.exchange import facade as exchange
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem, define

NO_OPERATION = define(
    "operation-not-offered",
    422,
    zh="描述中没有可以提供的操作 {operation}",
    en="The description has no operation {operation} that can be offered",
)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a steward says of a new service; operations as ``GET /units/{code}``."""

    name: str
    title: LocalText
    operations: tuple[str, ...]
    standard: str = ""
    department: str = ""


def register(described: Described, given: Choice) -> SystemService:
    """Offer the chosen operations and publish the service.

    Raises:
        Problem: ``invalid``, ``source-taken``, ``operation-not-offered``, ``not-found`` for an unknown standard, or as
            the catalogue's.
    """
    check_name(given.name)
    made = SystemService(
        name=given.name,
        title=msgspec.to_builtins(given.title),
        system=described.system,
        standard=given.standard,
        described=f"{described.description.title} {described.description.version}".strip(),
        description_digest=described.sha256,
        operations=msgspec.to_builtins(_chosen(described, given.operations)),
        health=described.description.health,
        department=given.department,
        published=True,
        changed=clock.now(),
    )
    service = offering.service_of(made)
    made.entry = catalogue.publish_service(description=service.describe()).identifier
    made.save(force_insert=True)
    exchange.offer(service)
    descriptions.forget(described.id)
    return made


def withdraw(name: str, reason: LocalText) -> SystemService:
    """Offer a service no longer, and say so in the catalogue; its name is free again.

    Raises:
        Problem: ``not-found``.
    """
    found = queries.service(name)
    catalogue.withdraw(identifier=found.entry, reason=reason)
    exchange.withdraw(name)
    found.delete()
    return found


def _chosen(described: Described, wanted: tuple[str, ...]) -> tuple[Operation, ...]:
    known = {each.id: each for each in described.description.operations if not each.why}
    for each in wanted or ("",):
        if each not in known:
            raise Problem(NO_OPERATION, field="operations", operation=each)
    return tuple(known[each] for each in dict.fromkeys(wanted))
