"""Services a node offers, registered by decorator with typed parameters and results.

    divisions = Service("divisions", title=LocalText("行政区划", "Divisions"), dataset="divisions", standard="division")

    @divisions.get("/units/{code}/towns")
    def towns(call: Call, query: TownQuery) -> Rows: ...

Parameters arrive as a msgspec structure made of path segments, query string and, for POST and PUT, the JSON body;
unknown ones are refused. A handler that touches no database says ``inline=True`` and runs on the event loop; others run
in a thread.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, get_type_hints
from urllib.parse import parse_qsl, unquote

import msgspec

from twincity.engines.exchange import rules
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import BAD_REQUEST, INVALID, METHOD_NOT_ALLOWED, NOT_FOUND, UNKNOWN_PARAMETER, Problem

Method = Literal["GET", "POST", "PUT", "DELETE"]
ServiceClass = Literal["critical", "normal"]
OPEN_TO_MEMBERS = "tc."
"""Services whose name starts so belong to the protocol itself: every member may call them, without a grant."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler may know of a call."""

    id: str
    member: str
    system: str
    purpose: str
    grant: rules.Grant
    at: int
    """Seconds since 1970."""
    consent: str = ""
    """Id of the consent the call is made under."""
    person: str = ""
    """What this node's data call the person who consented; without consent empty."""


class Rows(msgspec.Struct):
    """A result made of rows of a standard; the grant's row filter and field mask are applied to it."""

    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method and path of a service."""

    method: Method
    path: str
    handler: Callable[..., Any]
    parameters: type[msgspec.Struct] | None
    result: Any
    inline: bool
    stream: bool
    media_type: str
    waits: bool = False
    """Its handler may wait for something to happen; waiting is no work, so it holds no place meanwhile."""
    subject: str = ""
    """Name of the parameter, and of the field in rows, that names a person."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.parameters.__struct_encode_fields__ if self.parameters else ()


@dataclass(slots=True)
class Service:
    """A named set of endpoints over one dataset."""

    name: str
    title: LocalText
    dataset: str = ""
    standard: str = ""
    service_class: ServiceClass = "normal"
    endpoints: list[Endpoint] = field(default_factory=list)
    listed: bool = True
    """Registered at once, as a service written in code is; others come and go by :func:`add` and :func:`remove`."""

    def __post_init__(self) -> None:
        if self.listed and _services.setdefault(self.name, self) is not self:
            raise ValueError(f"service {self.name!r} is registered twice")

    def get(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a reading endpoint."""
        return self.endpoint("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a writing endpoint."""
        return self.endpoint("POST", path, **options)

    def endpoint(
        self,
        method: Method,
        path: str,
        *,
        inline: bool = False,
        stream: bool = False,
        media_type: str = "application/json",
        waits: bool = False,
        subject: str = "",
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a handler ``(call, parameters)`` or ``(call)``.

        ``subject`` names the parameter that holds what this node's data call a person, and the field that does so in
        rows. Under a consent the node fills it in, and only rows of that person leave. Without one a caller names the
        person itself, in a body, since addresses stand in ledgers.
        """

        def register(handler: Callable[..., Any]) -> Callable[..., Any]:
            hints = get_type_hints(handler)
            names = [name for name in inspect.signature(handler).parameters if name != "call"]
            parameters = hints[names[0]] if names else None
            result = hints.get("return")
            self.endpoints.append(
                Endpoint(method, path, handler, parameters, result, inline, stream, media_type, waits, subject)
            )
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
        """The endpoint for a call and the values of its path segments.

        Raises:
            Problem: ``not-found`` or ``method-not-allowed``.
        """
        fitting = [each for each in self.endpoints if rules.path_matches(each.path, path)]
        if not fitting:
            raise Problem(NOT_FOUND, field="path", what=f"{self.name}{path}")
        for endpoint in fitting:
            if endpoint.method == method:
                return endpoint, _segments(endpoint.path, path)
        raise Problem(METHOD_NOT_ALLOWED, field="method", method=method)

    def describe(self) -> dict[str, Any]:
        """What the catalogue says of the service."""
        return {
            "name": self.name,
            "title": msgspec.to_builtins(self.title),
            "dataset": self.dataset,
            "standard": self.standard,
            "class": self.service_class,
            "endpoints": [
                {"method": each.method, "path": each.path, "parameters": list(each.names), "stream": each.stream}
                for each in self.endpoints
            ],
        }


_services: dict[str, Service] = {}


def add(service: Service) -> None:
    """Offer a service made from data, in the place of an earlier one of its name; calls under way keep theirs.

    Raises:
        ValueError: when the name belongs to the protocol or to a service written in code.
    """
    known = _services.get(service.name)
    if service.listed or service.name.startswith(OPEN_TO_MEMBERS) or (known is not None and known.listed):
        raise ValueError(f"service {service.name!r} is written in code")
    _services[service.name] = service


def remove(name: str) -> None:
    """Offer a service made from data no longer; nothing happens when there is none."""
    found = _services.get(name)
    if found is not None and not found.listed:
        _services.pop(name, None)


def services() -> list[Service]:
    """All registered services by name."""
    known = dict(_services)  # others may come and go meanwhile
    return [known[name] for name in sorted(known)]


def find(name: str) -> Service:
    """The service of that name.

    Raises:
        Problem: ``not-found``.
    """
    if name not in _services:
        raise Problem(NOT_FOUND, field="service", what=f"service {name}")
    return _services[name]


def arguments(endpoint: Endpoint, segments: dict[str, str], query: str, body: bytes, *, person: str = "") -> list[Any]:
    """Parameters of a call, converted and checked against the endpoint's structure.

    ``person`` is filled in where the endpoint names its subject; the caller may not name anybody then.

    Raises:
        Problem: ``unknown-parameter``, ``bad-request`` or ``invalid``, naming the field.
    """
    given: dict[str, Any] = _query(query)
    if endpoint.subject in given:
        raise Problem(UNKNOWN_PARAMETER, field=endpoint.subject, name=endpoint.subject)
    if person and endpoint.subject in endpoint.names:
        segments = segments | {endpoint.subject: person}
    if endpoint.parameters is None:
        if given or body:
            name = next(iter(given), "body")
            raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        return []
    if body:
        posted = _body(body)
        for name in posted.keys() & given.keys():
            raise Problem(BAD_REQUEST, field=name, reason=f"{name} stands in the query and in the body")
        given |= posted
    for name in given:
        if name not in endpoint.names or name in segments:
            raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
    return [converted(given | segments, endpoint.parameters)]


Wanted = TypeVar("Wanted")


def decoded(body: bytes, wanted: type[Wanted]) -> Wanted:
    """A JSON body of a known form.

    Raises:
        Problem: ``invalid`` or ``bad-request``.
    """
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        raise Problem(INVALID, field=place.strip("`$.") or _missing(reason), name="body", reason=reason) from error
    except msgspec.DecodeError as error:
        raise Problem(BAD_REQUEST, field="body", reason=str(error)) from error


def converted(given: dict[str, Any], wanted: type[Wanted]) -> Wanted:
    """Parameters in a known form; numbers may be given as text.

    Raises:
        Problem: ``invalid`` naming the parameter.
    """
    try:
        return msgspec.convert(given, wanted, strict=False)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        name = place.strip("`$.") or _missing(reason)
        raise Problem(INVALID, field=name, name=name, reason=reason) from error


def _query(query: str) -> dict[str, str]:
    if not query:
        return {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=64)
    except ValueError as error:
        raise Problem(BAD_REQUEST, field="query", reason="the query string is malformed") from error
    given = dict(pairs)
    if len(given) != len(pairs):
        raise Problem(BAD_REQUEST, field="query", reason="a parameter is repeated")
    return given


def _body(body: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise Problem(BAD_REQUEST, field="body", reason=str(error)) from error
    if not isinstance(value, dict):
        raise Problem(BAD_REQUEST, field="body", reason="a JSON object is expected")
    return value


def _missing(reason: str) -> str:
    # msgspec names an absent field in the sentence, not in the place: Object missing required field `code`
    return reason.split("`")[1] if "`" in reason else "body"


def _segments(template: str, path: str) -> dict[str, str]:
    pairs = zip(template.split("/"), path.split("/"), strict=False)
    return {name[1:-1]: unquote(value) for name, value in pairs if name[:1] == "{"}


Stream = AsyncIterator[bytes]
