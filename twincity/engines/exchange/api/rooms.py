"""Doors of rooms: `/rooms/PROVIDER/NAME` for own systems, the service `room.NAME` for members."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

import msgspec
import orjson

from twincity.engines.exchange.api.delivery import enqueue
from twincity.engines.exchange.delivery import events
from twincity.engines.exchange.services import rooms
from twincity.engines.exchange.services.delivery import delivery
from twincity.engines.exchange.services.roomservice import LONGEST_WAIT, Cursor
from twincity.engines.exchange.wire import consumer, registry
from twincity.engines.exchange.wire.admission import admitted
from twincity.engines.exchange.wire.describing import PURPOSE
from twincity.engines.exchange.wire.headers import Headers, as_text
from twincity.engines.exchange.wire.local import BODY_SECONDS, Local
from twincity.engines.exchange.wire.runtime import current
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.http.asgi import query, read_body, send_response
from twincity.kernel.openapi import Described, describe
from twincity.kernel.problems import METHOD_NOT_ALLOWED, NOT_FOUND, Problem

_JSON = [(b"content-type", b"application/json")]


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What an own system may ask for when it reads; without ``after`` from where it has acknowledged."""

    after: Annotated[int, msgspec.Meta(ge=0)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=events.FETCHED)] = events.FETCHED
    wait: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WAIT)] = 0


@door("/rooms/", "Rooms of the circle for own systems: `/rooms/PROVIDER/NAME`, `…/ack`; with a bearer token")
async def rooms_door(scope: Scope, receive: Receive, send: Send) -> None:
    """GET events on from the system's cursor, POST one to be published, POST `ack` to move the cursor."""
    local, headers = Local(current(), enqueue), as_text(scope["headers"])
    system = local.system(headers)
    provider, _, rest = scope["twincity.rest"].partition("/")
    room, _, part = rest.partition("/")
    with admitted(current().gate, f"{system.name} {provider}", headers, "/rooms") as place:
        place.telling = False
        outbound = local.outbound(scope, headers, system)
        outbound.provider, outbound.service, outbound.query = provider, rooms.PREFIX + events.check_room(room), ""
        if scope["method"] == "GET" and not part:
            wish = registry.converted(query(scope, Wish.__struct_fields__), Wish)
            with place.waiting():
                await _read(outbound, room, wish, send)
            return
        if scope["method"] != "POST":
            raise Problem(METHOD_NOT_ALLOWED, field="method", method=scope["method"])
        body = await read_body(scope, receive, 2 * events.EVENT_LIMIT, BODY_SECONDS)
        if part == "ack":
            await _acknowledge(outbound, room, body, send)
        elif not part:
            await _publish(outbound, headers, room, body, send)
        else:
            raise Problem(NOT_FOUND, field="path", what=scope["path"])


async def _read(outbound: consumer.Outbound, room: str, wish: Wish, send: Send) -> None:
    known = partial(rooms.follow, provider=outbound.provider, room=room, system=outbound.system)
    after = await asyncio.to_thread(known) if wish.after is None else wish.after
    outbound.method, outbound.path, outbound.body = "GET", "/events", b""
    outbound.query = f"after={after}&limit={wish.limit}&wait={wish.wait}"
    await _pass_on(await consumer.call(current(), outbound), send)


async def _acknowledge(outbound: consumer.Outbound, room: str, body: bytes, send: Send) -> None:
    given = registry.decoded(body, Cursor)
    outbound.path, outbound.body, outbound.media_type = "/cursor", body, "application/json"
    result = await consumer.call(current(), outbound)
    if result.status == 200:
        keep = partial(rooms.move, provider=outbound.provider, room=room, system=outbound.system, cursor=given.cursor)
        await asyncio.to_thread(keep)
    await _pass_on(result, send)


async def _publish(outbound: consumer.Outbound, headers: Headers, room: str, body: bytes, send: Send) -> None:
    event = events.check(registry.decoded(body, dict[str, Any]))
    outbound.path, outbound.media_type = "/events", "application/json"
    outbound.body = orjson.dumps({"event": event})
    await delivery().ready()
    await enqueue(outbound, headers | {"tc-lane": f"room.{room}"[:48]})
    place = f"/messages/{outbound.id}".encode()
    await send_response(send, 202, [(b"location", place), (b"tc-message-id", outbound.id.encode())], b"")


async def _pass_on(result: consumer.Result, send: Send) -> None:
    fields = [(b"content-type", result.media_type.encode()), (b"tc-message-id", result.id.encode())]
    await send_response(send, result.status, fields, result.body)


describe(
    Described(
        "GET", "/rooms/{provider}/{name}", "Events of a room, from where this system has acknowledged", query=Wish,
        result=dict[str, Any], security="system", headers=(PURPOSE,), tag="exchange",
    ),
    Described(
        "POST", "/rooms/{provider}/{name}", "Publish a CloudEvent in a room", body=dict[str, Any], status=202,
        security="system", headers=(PURPOSE,), tag="exchange",
    ),
    Described(
        "POST", "/rooms/{provider}/{name}/ack", "Acknowledge all events up to a number", body=Cursor,
        result=dict[str, Any], security="system", headers=(PURPOSE,), tag="exchange",
    ),
)  # fmt: skip
