"""Applications, services and endpoints in the shapes of the Information Mediator, of which there are two.

The published interface (Directory Services API 1.0) and the scenarios of the same repository contradict each other:
other names of members, the type as an object instead of a word, a description as text. Both are served.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twincity.engines.exchange.facade import Offered, OfferedEndpoint, OutsideName

Parts = tuple[str, ...]


class Published:
    """Shapes of the published interface."""

    @staticmethod
    def client(parts: Parts, title: str) -> dict[str, Any]:
        """The published restClientDetailsType."""
        return {"name": title, "id": {"objectType": "APPLICATION", **_identifier(parts, "instanceId")}}

    @staticmethod
    def service(parts: Parts) -> dict[str, Any]:
        """The head of restServiceDetailsType."""
        return {"objectType": "SERVICE", **_identifier(parts, "instanceId")}


class Scenarios:
    """Shapes that the scenarios accept."""

    @staticmethod
    def client(parts: Parts, title: str) -> dict[str, Any]:  # noqa: ARG004  no place for it
        """A member of the list of clients."""
        return {"objectType": {"object_type": "SUBSYSTEM"}, **_identifier(parts, "GovStackInstance")}

    @staticmethod
    def service(parts: Parts) -> dict[str, Any]:
        """The head of a member of the list of services."""
        return {"objectType": {"object_type": "SERVICE"}, **_identifier(parts, "GovStackInstance")}


Dialect = type[Published] | type[Scenarios]


def clients(names: Iterable[OutsideName], dialect: Dialect) -> dict[str, Any]:
    """The answer of listClients."""
    return {"member": [dialect.client(each.parts, each.title or each.member) for each in names]}


def methods(
    name: OutsideName, offered: Iterable[Offered], dialect: Dialect, *, allowed: bool, only: str
) -> dict[str, Any]:
    """The answer of listMethods, or of allowedMethods; ``only`` one service code if given."""
    found = []
    for service in offered:
        endpoints = list(_endpoints(service.endpoints, allowed=allowed))
        codes = [code for code in name.codes(service.service) if endpoints and only in {"", code}]
        found += [
            {**dialect.service(name.parts), "serviceType": "OPENAPI", "serviceCode": code,
             "endpointList": {"member": endpoints}}
            for code in codes
        ]  # fmt: skip
    return {"member": found}


def _endpoints(endpoints: Iterable[OfferedEndpoint], *, allowed: bool) -> Iterable[dict[str, str]]:
    for each in endpoints:
        for path in each.allowed if allowed else (each.path,):
            yield {"method": each.method, "path": path}


def _identifier(parts: Parts, instance: str) -> dict[str, str]:
    return dict(zip((instance, "memberClass", "memberCode", "applicationCode"), parts, strict=False))
