"""The exchange's service over a system: each chosen operation is an endpoint that passes the call on."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import structlog

from twincity.apps.sharing.models import SystemService
from twincity.apps.sharing.queries import systems as queries
from twincity.apps.sharing.services.systems import asking
from twincity.apps.sharing.sources.asking import NOT_GRANTED, allowed
from twincity.apps.sharing.sources.operation import Operation, answer, parameters, request
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.exchange import facade as exchange
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import UNAVAILABLE, Problem

AT_ONCE = 16
"""Calls that one system is given at the same time; a slow one must not take all places of the node."""
_under_way: Counter[str] = Counter()


class Passage:
    """The handler of one operation."""

    def __init__(self, system: str, operation: Operation, standard: catalogue.Standard | None) -> None:
        self.system, self.operation, self.standard = system, operation, standard

    async def __call__(self, call: exchange.Call, given: msgspec.Struct | None = None) -> Any:
        """Pass a call on, and what may leave of the answer back."""
        self._require_granted(call.grant, given)
        wanted = request(self.operation, given)
        address = queries.address(self.system).rstrip("/")
        headers = {"tc-message-id": call.id, "tc-member": call.member, "tc-purpose": call.purpose}
        if _under_way[self.system] >= AT_ONCE:
            raise Problem(UNAVAILABLE, retry_after=1, reason=self.system)
        _under_way[self.system] += 1
        try:
            found = await asking.ask(self.system, address, wanted, headers)
        finally:
            _under_way[self.system] -= 1
        value = asking.value(self.system, found)
        return answer(self.operation, value, call.grant, standard=self.standard is not None)

    def _require_granted(self, grant: exchange.Grant, given: msgspec.Struct | None) -> None:
        """A field that the mask leaves out cannot be asked about either."""
        if self.standard is None or given is None:
            return
        for inner, name in zip(given.__struct_fields__, given.__struct_encode_fields__, strict=True):
            said = getattr(given, inner) is not msgspec.UNSET
            if said and self.standard.field(name) is not None and not allowed(grant, name):
                raise Problem(NOT_GRANTED, field=name, name=name)


def service_of(found: SystemService) -> exchange.Service:
    """The service of a registered one, not offered yet; plain paths come before those with a place for a value.

    Raises:
        Problem: ``not-found`` for a standard that this node has never seen.
    """
    standard = queries.standard(found)
    title = msgspec.convert(found.title, LocalText)
    service = exchange.Service(found.name, title, standard=standard.id if standard else "", listed=False)
    for each in sorted(queries.operations(found), key=lambda operation: operation.path.count("{")):
        service.endpoints.append(
            exchange.Endpoint(
                method=each.method,
                path=each.path,
                handler=Passage(found.system, each, standard),
                parameters=parameters(each),
                result=None,
                inline=True,
                stream=False,
                media_type="application/json",
            )
        )
    return service


def offer_all() -> set[str]:
    """Answer for all published services; their names. One that is broken stops no other."""
    names = set()
    for found in queries.services().filter(published=True):
        try:
            exchange.offer(service_of(found))
            names.add(found.name)
        except Problem as problem:
            structlog.get_logger().warning("service_not_offered", service=found.name, problem=str(problem))
    return names
