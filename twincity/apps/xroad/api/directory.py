"""Who there is to talk to: ``/listClients``."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from twincity.apps.xroad import queries
from twincity.apps.xroad.api.answering import faults, send_json
from twincity.apps.xroad.api.shapes import clients_json, clients_xml
from twincity.engines.exchange import facade as exchange
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.http.asgi import header, query, send_response
from twincity.kernel.openapi import Described, describe
from twincity.kernel.problems import INVALID, METHOD_NOT_ALLOWED, Problem


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    """Of which instance; the own one when absent."""

    xRoadInstance: str = ""  # noqa: N815  X-Road's spelling


@door("/listClients", "X-Road: members and subsystems, as XML or JSON")
@faults
async def list_clients(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  the signature of a door
    """Members and subsystems of one instance."""
    if scope["method"] not in {"GET", "HEAD"}:
        raise Problem(METHOD_NOT_ALLOWED, field="method", method=scope["method"])
    instance = query(scope, ("xRoadInstance",)).get("xRoadInstance") or exchange.instance()
    known = await asyncio.to_thread(queries.clients)
    found = [each for each in known if each.parts[0] == instance]
    if not found:
        raise Problem(INVALID, field="xRoadInstance", name="xRoadInstance", reason=f"no instance {instance}")
    if b"application/json" in (header(scope, b"accept") or b""):
        await send_json(send, clients_json(found))
    else:
        await send_response(send, 200, [(b"content-type", b"text/xml;charset=utf-8")], clients_xml(found))


describe(Described("GET", "/listClients", "Members and subsystems", query=Chosen, tag="xroad", result=dict[str, Any]))
