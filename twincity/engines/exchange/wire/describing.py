"""Endpoints of services as OpenAPI describes them."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from twincity.engines.exchange.wire.registry import Endpoint, Service
from twincity.kernel.openapi import Described, Header

PURPOSE = Header(name="tc-purpose", summary="Code of the purpose, which a grant must cover", required=True)
OPTIONS = (
    Header(name="tc-priority", summary="emergency, interactive or batch"),
    Header(name="tc-deadline", summary="Milliseconds within which the answer is of use"),
    Header(name="tc-case", summary="Number of the case that the call belongs to"),
    Header(name="tc-consent", summary="Consent of the person concerned"),
)


def describe_endpoint(service: Service, endpoint: Endpoint, path: str) -> Described:
    """One endpoint of a service as it is called at a path."""
    writes = endpoint.method in {"POST", "PUT"}
    return Described(
        endpoint.method,
        path,
        f"{service.title.en} / {service.title.zh}",
        query=None if writes else endpoint.parameters,
        body=_body(endpoint) if writes else None,
        result_type=endpoint.media_type,
        security="member",
        headers=(PURPOSE, *OPTIONS),
        tag=service.name,
    )


def _body(endpoint: Endpoint) -> type | None:
    """The parameters without those that stand in the path."""
    if endpoint.parameters is None or "{" not in endpoint.path:
        return endpoint.parameters
    inside = {each[1:-1] for each in endpoint.path.split("/") if each[:1] == "{"}
    fields = [each for each in msgspec.structs.fields(endpoint.parameters) if each.name not in inside]
    shape = [(each.name, each.type, _default(each)) for each in fields]
    name = endpoint.parameters.__name__ + endpoint.method.title() + re.sub(r"[^a-z0-9]", "", endpoint.path.title())
    return msgspec.defstruct(name, shape, kw_only=True, forbid_unknown_fields=True)


def _default(found: msgspec.structs.FieldInfo) -> Any:
    if found.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(default_factory=found.default_factory)
    return msgspec.field() if found.default is msgspec.NODEFAULT else msgspec.field(default=found.default)
