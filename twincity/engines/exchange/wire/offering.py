"""What this node offers: its services and endpoints, what of them a caller's grants allow, and their descriptions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import rules
from twincity.engines.exchange.wire import registry
from twincity.engines.exchange.wire.describing import describe_endpoint
from twincity.kernel.locale_text import LocalText
from twincity.kernel.openapi import document
from twincity.kernel.problems import NOT_FOUND, Problem

VERSION = "1"


class OfferedEndpoint(msgspec.Struct, frozen=True):
    """One method and path template of a service; ``allowed`` are the templates within it that the caller may call."""

    method: str
    path: str
    allowed: tuple[str, ...] = ()


class Offered(msgspec.Struct, frozen=True):
    """One service."""

    service: str
    title: LocalText
    endpoints: tuple[OfferedEndpoint, ...]


class Listing(msgspec.Struct, frozen=True):
    """What a member offers, as ``tc.services`` answers."""

    services: list[Offered]


def listing(index: rules.GrantIndex, asked: rules.Request) -> list[Offered]:
    """All services but the protocol's own, by name; ``asked`` says who asks, when, and for which purpose."""
    found = [each for each in registry.services() if not each.name.startswith(registry.OPEN_TO_MEMBERS)]
    return [Offered(each.name, each.title, _endpoints(index, asked, each)) for each in found]


def _endpoints(index: rules.GrantIndex, asked: rules.Request, service: registry.Service) -> tuple[OfferedEndpoint, ...]:
    return tuple(
        OfferedEndpoint(
            each.method,
            each.path,
            tuple(rules.reach(index, replace(asked, service=service.name, method=each.method, path=each.path))),
        )
        for each in service.endpoints
    )


def openapi(name: str) -> dict[str, Any]:
    """An OpenAPI 3.1 document of one service of this node; its server is the caller's own gateway.

    Raises:
        Problem: ``not-found``.
    """
    service = registry.find(name)
    if name.startswith(registry.OPEN_TO_MEMBERS):
        raise Problem(NOT_FOUND, field="service", what=f"service {name}")
    described = [describe_endpoint(service, each, each.path) for each in service.endpoints]
    return document(service.title.en, VERSION, described, server=f"/call/{circle.member_id()}/{name}")
