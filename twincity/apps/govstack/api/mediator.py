"""The Information Mediator's directory: who there is, what they offer, and what the caller may call.

Names are those that X-Road would use, given with the operation ``exchange.name``. An application proves itself by the
token of the local system that it is, or calls from an address that the operator named for it. What this node itself
offers is public anyway, so a list of it needs no application.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import orjson

from twincity.apps.govstack.api import directories
from twincity.apps.govstack.api.directories import Dialect, Published, Scenarios
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange
from twincity.engines.exchange.facade import OutsideName, identifiers
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.http.asgi import header, query, send_problem, send_response
from twincity.kernel.openapi import Described, describe
from twincity.kernel.openapi import Header as Field
from twincity.kernel.problems import BAD_REQUEST, METHOD_NOT_ALLOWED, NOT_FOUND, SIGN_IN, Problem

CLIENT = (b"information-mediator-client", b"x-govstack-client")
"""The second is the name in the published interface, the first that in the specification and its scenarios."""
JSON = [(b"content-type", b"application/json; charset=utf-8")]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about one application's services."""

    scope: Scope
    provider: OutsideName
    given: dict[str, str]
    dialect: Dialect


@door("/govstack/mediator/", "GovStack Information Mediator, Directory Services API 1.0")
async def mediator(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  the signature of a door
    """The published interface: `listClients`, `r1/…/listMethods`, `r1/…/allowedMethods`, `r1/…/getOpenAPI`."""
    try:
        rest = _raw(scope, "/govstack/mediator/")
        if rest == "listClients":
            instance = query(scope, ("instanceId",)).get("instanceId", "")
            answer: Any = await asyncio.to_thread(_clients, instance, Published)
        else:
            answer = await _metadata(scope, rest.removeprefix("r1/"), query(scope, PARAMETERS), Published)
    except Problem as problem:
        await send_problem(send, problem)
        return
    await send_response(send, 200, JSON, orjson.dumps(answer))


@door("/govstack/mediator/flat/", "GovStack Information Mediator as its scenarios have it: without `r1`")
async def flat(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  the signature of a door
    """What the scenarios ask for: they send misnamed parameters, and want errors and descriptions as text."""
    try:
        rest = _raw(scope, "/govstack/mediator/flat/")
        given = dict(parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=16))
        if rest == "listClients":
            answer: Any = await asyncio.to_thread(_clients, given.get("instanceId", ""), Scenarios)
        else:
            answer = await _metadata(scope, rest, given, Scenarios)
            answer = orjson.dumps(answer).decode() if rest.endswith("/getOpenAPI") else answer
    except (Problem, ValueError) as error:
        text = error.text("en") if isinstance(error, Problem) else "too many parameters"
        status = 500 if isinstance(error, Problem) and error.kind.status >= 500 else 400
        await send_response(send, status, [(b"content-type", b"text/plain; charset=utf-8")], text.encode())
        return
    await send_response(send, 200, JSON, orjson.dumps(answer))


def _raw(scope: Scope, prefix: str) -> str:
    if scope["method"] != "GET":
        raise Problem(METHOD_NOT_ALLOWED, field="method", method=scope["method"])
    return str(scope["raw_path"].decode("latin-1")).removeprefix(prefix)


def _clients(instance: str, dialect: Dialect) -> dict[str, Any]:
    found = {each.parts: each for each in exchange.outside_names() if instance in {"", each.parts[0]}}
    return directories.clients(found.values(), dialect)


async def _metadata(scope: Scope, path: str, given: dict[str, str], dialect: Dialect) -> Any:
    subsystem, _, name = path.rpartition("/")
    if name not in WORK:
        raise Problem(NOT_FOUND, field="path", what=path[:200])
    provider = await asyncio.to_thread(exchange.outside_name, identifiers.read(subsystem, least=4, most=4))
    if provider is None:
        raise Problem(NOT_FOUND, field="applicationCode", what=subsystem[:200])
    return await WORK[name](Asked(scope, provider, given, dialect))


async def _client(asked: Asked) -> exchange.System:
    """The local system that asks.

    Raises:
        Problem: ``bad-request``, ``name-invalid``, ``sign-in`` or ``forbidden``.
    """
    values = [value for name in CLIENT if (value := header(asked.scope, name))]
    if not values:
        raise Problem(BAD_REQUEST, field="information-mediator-client", reason="the header is missing")
    parts = identifiers.read(values[0].decode("latin-1"), least=4, most=4)
    name = await asyncio.to_thread(exchange.outside_name, parts)
    if name is None:
        raise Problem(SIGN_IN, field="information-mediator-client")
    scheme, _, token = (header(asked.scope, b"authorization") or b"").decode("latin-1").partition(" ")
    given = token if scheme.lower() == "bearer" else ""
    return exchange.authenticate(token=given, name=name, address=asked.scope["client"][0])


async def _system_for(asked: Asked) -> str:
    """Who asks; nobody needs to say so for what this node itself offers."""
    return "" if asked.provider.member == circle.member_id() else (await _client(asked)).name


async def list_methods(asked: Asked) -> dict[str, Any]:
    """All services and endpoints of an application."""
    return await _methods(asked, await _system_for(asked), allowed=False)


async def allowed_methods(asked: Asked) -> dict[str, Any]:
    """Those that the asking application may call."""
    return await _methods(asked, (await _client(asked)).name, allowed=True)


async def _methods(asked: Asked, system: str, *, allowed: bool) -> dict[str, Any]:
    offered = await exchange.methods_of(member=asked.provider.member, system=system)
    only = asked.given.get("serviceId", "")
    return directories.methods(asked.provider, offered, asked.dialect, allowed=allowed, only=only)


async def get_openapi(asked: Asked) -> dict[str, Any]:
    """The description of one service."""
    await _system_for(asked)
    code = asked.given.get("serviceCode", "")
    service = asked.provider.service(code)
    if not code or not service:
        kind = NOT_FOUND if code else BAD_REQUEST
        raise Problem(kind, field="serviceCode", what=code[:100], reason="serviceCode is missing")
    return await exchange.openapi_of(member=asked.provider.member, service=service)


WORK: dict[str, Callable[[Asked], Awaitable[dict[str, Any]]]] = {
    "listMethods": list_methods,
    "allowedMethods": allowed_methods,
    "getOpenAPI": get_openapi,
}
PARAMETERS: Collection[str] = ("serviceId", "serviceCode")


class Instance(msgspec.Struct, forbid_unknown_fields=True):
    """Of which instance; all when absent."""

    instanceId: str = ""  # noqa: N815  GovStack's spelling


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    """Which service."""

    serviceId: str = ""  # noqa: N815  GovStack's spelling


class Code(msgspec.Struct, forbid_unknown_fields=True):
    """Which service."""

    serviceCode: str  # noqa: N815  GovStack's spelling


_CLIENT = Field(name="information-mediator-client", summary="INSTANCE/CLASS/MEMBER/APPLICATION that asks")
for _base, _r1 in (("/govstack/mediator/", "r1/"), ("/govstack/mediator/flat/", "")):
    describe(
        Described("GET", _base + "listClients", "Applications", query=Instance, tag="govstack", result=dict[str, Any]),
        *(
            Described(
                "GET", _base + _r1 + "{instance}/{member_class}/{member}/{application}/" + name, summary, query=given,
                security="system", headers=(_CLIENT,), tag="govstack", result=result,
            )
            for name, summary, given, result in (
                ("listMethods", "Services of an application", Chosen, dict[str, Any]),
                ("allowedMethods", "Services that the asking application may call", Chosen, dict[str, Any]),
                ("getOpenAPI", "Description of a service", Code, dict[str, Any] if _r1 else str),
            )
        ),
    )  # fmt: skip
