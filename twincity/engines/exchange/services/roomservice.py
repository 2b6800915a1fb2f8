"""The service of each room: what members publish, read and acknowledge in it, under grants like any other."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import msgspec

from twincity.engines.exchange.delivery import events
from twincity.engines.exchange.models import Room
from twincity.engines.exchange.services import rooms
from twincity.engines.exchange.wire import registry
from twincity.engines.exchange.wire.registry import Call, Service
from twincity.kernel.locale_text import LocalText

LONGEST_WAIT = 25
"""Seconds for which a reader may wait for the next event."""


class Event(msgspec.Struct, forbid_unknown_fields=True):
    """An event to be published."""

    event: dict[str, Any]


class Cursor(msgspec.Struct, forbid_unknown_fields=True):
    """The last event that has been dealt with."""

    cursor: Annotated[int, msgspec.Meta(ge=0)]


class After(msgspec.Struct, forbid_unknown_fields=True):
    """From where to read on; ``wait`` in seconds."""

    after: Annotated[int, msgspec.Meta(ge=0)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=events.FETCHED)] = events.FETCHED
    wait: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WAIT)] = 0


def offer(name: str, title: LocalText) -> None:
    """Offer the service of a room."""
    service = Service(rooms.PREFIX + name, title)

    @service.post("/events")
    def publish(call: Call, given: Event) -> dict[str, Any]:
        """Put an event into the room."""
        return {"number": rooms.publish(room=name, event=given.event, member=call.member, message=call.id)}

    @service.get("/events", inline=True, waits=True)
    async def fetch(call: Call, given: After) -> dict[str, Any]:  # noqa: ARG001
        """Events after a cursor, waiting for the next one if there is none."""
        ready = partial(rooms.fetch, room=name, after=given.after, limit=given.limit)
        found: dict[str, Any] = await rooms.wait(name, given.wait, ready)
        return found

    @service.post("/cursor")
    def acknowledge(call: Call, given: Cursor) -> dict[str, Any]:
        """Note how far the caller has come."""
        rooms.acknowledge(room=name, member=call.member, system=call.system, cursor=given.cursor)
        return {"cursor": given.cursor}


def offer_all() -> None:
    """Offer the services of all rooms that this member has, once."""
    known = {each.name for each in registry.services()}
    for room in Room.objects.all():
        if rooms.PREFIX + room.name not in known:
            offer(room.name, LocalText(room.title_zh, room.title_en))
