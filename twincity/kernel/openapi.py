"""The node's own description in OpenAPI 3.1: units describe what their doors answer, beside the doors.

    describe(Described("GET", "/health", "Whether the node works", result=dict))

What is not known before a node runs (its services, its operations) comes from a source, a function that is asked each
time. Schemas of bodies, parameters and results are made from the msgspec structures that the doors decode with, so that
the description cannot say anything else than the code. Problems (RFC 9457) may answer any request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from twincity.kernel.problems import MEDIA_TYPE, TYPE_PREFIX

VERSION = "3.1.0"
Method = Literal["GET", "POST", "PUT", "DELETE"]
Security = Literal["", "operator", "system", "member", "partner"]
"""Who is let in: anybody, the operator's token, a local system's token, a member's signature, a partner's token."""
REFERENCE = "#/components/schemas/{name}"
_SEGMENT = re.compile(r"\{([^}]+)\}")
_SCHEMES: dict[str, dict[str, str]] = {
    "operator": {"type": "http", "scheme": "bearer", "description": "keys/operator of the node's home"},
    "system": {"type": "http", "scheme": "bearer", "description": "token of a local system"},
    "partner": {"type": "http", "scheme": "bearer", "description": "token of a partner outside the circle"},
    "member": {
        "type": "apiKey",
        "in": "header",
        "name": "signature",
        "description": "HTTP message signature (RFC 9421) after the profile tc1, see FEDERATION.md",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A request header that means something at a door."""

    name: str
    summary: str
    required: bool = False
    schema: type | Any = str


@dataclass(frozen=True, slots=True)
class Described:
    """One method and path: what goes in, what comes out, who is let in.

    ``path`` is a template whose ``{names}`` are text unless ``query`` has a member of that name; ``query``, ``body``
    and ``result`` are msgspec structures or other types that msgspec can describe.
    """

    method: Method
    path: str
    summary: str
    query: type | None = None
    body: Any = None
    body_type: str = "application/json"
    result: Any = None
    result_type: str = "application/json"
    status: int = 200
    security: Security = ""
    headers: tuple[Header, ...] = ()
    tag: str = ""


Source = Callable[[], Iterable[Described]]
_described: dict[tuple[str, str], Described] = {}
_sources: list[Source] = []


def describe(*given: Described) -> None:
    """Add descriptions.

    Raises:
        ValueError: when a method and path is described twice.
    """
    for each in given:
        if (each.method, each.path) in _described:
            raise ValueError(f"{each.method} {each.path} is described twice")
        _described[each.method, each.path] = each


def source(function: Source) -> Source:
    """Add what a function gives whenever the node is described."""
    _sources.append(function)
    return function


def described() -> list[Described]:
    """All descriptions, by path and method."""
    found = [*_described.values(), *(each for function in _sources for each in function())]
    return sorted(found, key=lambda each: (each.path, each.method))


def document(title: str, version: str, given: Iterable[Described], *, server: str = "") -> dict[str, Any]:
    """An OpenAPI 3.1 document over some descriptions.

    Args:
        title: of the interface.
        version: of the interface, not of OpenAPI.
        given: what to describe.
        server: base URL; relative to where the document lies when empty.
    """
    entries = list(given)
    types = [each for entry in entries for each in (entry.query, entry.body, entry.result) if each is not None]
    # Through JSON once: defaults may be tuples or structures, a document holds JSON values only.
    made = msgspec.json.encode(msgspec.json.schema_components(types, ref_template=REFERENCE))
    schemas, components = msgspec.json.decode(made)
    shapes = dict(zip(map(id, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for entry in entries:
        paths.setdefault(entry.path, {})[entry.method.lower()] = _operation(entry, shapes, components)
    used = {entry.security for entry in entries if entry.security}
    return {
        "openapi": VERSION,
        "info": {"title": title, "version": version, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        **({"servers": [{"url": server}]} if server else {}),
        "paths": paths,
        "components": {
            "schemas": components | {"Problem": _PROBLEM},
            "securitySchemes": {name: _SCHEMES[name] for name in sorted(used)},
        },
    }


def _operation(entry: Described, shapes: dict[int, Any], components: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": entry.summary,
        "operationId": _identifier(entry),
        "parameters": _parameters(entry, shapes, components),
        "responses": _responses(entry, shapes),
        "security": [{entry.security: []}] if entry.security else [],
    }
    if entry.tag:
        found["tags"] = [entry.tag]
    if entry.body is not None:
        found["requestBody"] = {"required": True, "content": {entry.body_type: {"schema": shapes[id(entry.body)]}}}
    return found


def _identifier(entry: Described) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", f"{entry.method.lower()}{entry.path}").strip("-")


def _parameters(entry: Described, shapes: dict[int, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    shape = _resolved(shapes[id(entry.query)], components) if entry.query is not None else {}
    members: dict[str, Any] = shape.get("properties", {})
    needed = set(shape.get("required", ()))
    inside = _SEGMENT.findall(entry.path)
    found = [_parameter(name, "path", members.get(name, {"type": "string"}), required=True) for name in inside]
    found += [
        _parameter(name, "query", schema, required=name in needed)
        for name, schema in members.items()
        if name not in inside
    ]
    return found + [
        {"name": each.name, "in": "header", "required": each.required, "description": each.summary}
        | {"schema": msgspec.json.schema(each.schema)}
        for each in entry.headers
    ]


def _parameter(name: str, place: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": schema}


def _resolved(shape: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = components[shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape
    return found


def _responses(entry: Described, shapes: dict[int, Any]) -> dict[str, Any]:
    shape = shapes[id(entry.result)] if entry.result is not None else {}
    problem = {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(name="Problem")}}}
    return {
        str(entry.status): {"description": entry.summary, "content": {entry.result_type: {"schema": shape}}},
        "default": {"description": "A problem (RFC 9457)", "content": problem},
    }


_PROBLEM = {
    "type": "object",
    "title": "Problem details (RFC 9457) in both languages",
    "required": ["type", "title", "status", "code", "i18n"],
    "properties": {
        "type": {"type": "string", "pattern": f"^{TYPE_PREFIX}"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string"},
        "i18n": {"type": "object", "required": ["zh-Hans", "en"]},
        "field": {"type": "string", "description": "the input that was wrong"},
        "rule": {"type": "string", "description": "the rule that was broken"},
        "retry_after": {"type": "number", "description": "seconds after which the same request may succeed"},
    },
}
