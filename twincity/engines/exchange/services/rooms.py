"""Rooms of this member: open, publish into, read on from a cursor, acknowledge, forget what is old."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from django.db import transaction
from django.db.models import F

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.delivery import events
from twincity.engines.exchange.models import Following, Room, RoomEvent, Subscriber
from twincity.engines.exchange.rules import Grant
from twincity.engines.exchange.services.grants import add_grants
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem

PREFIX = "room."
"""How the service of a room is named; grants on it decide who publishes (POST) and who reads (GET)."""
KEEP_SECONDS = 30 * 86_400
KEEP_EVENTS = 1_000_000
_waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}


def create(
    *, name: str, title: LocalText, standard: str = "", keep_seconds: int = KEEP_SECONDS, keep_events: int = KEEP_EVENTS
) -> Room:
    """Open a room; this member itself may use it, others by grants on ``room.NAME``.

    Raises:
        Problem: ``invalid`` for a name that is taken or not allowed, or a limit that is not positive.
    """
    events.check_room(name)
    if keep_seconds < 1 or keep_events < 1:
        raise Problem(INVALID, field="keep_events", name="keep", reason="positive")
    room, new = Room.objects.get_or_create(
        name=name,
        defaults={
            "title_zh": title.zh, "title_en": title.en, "standard": standard, "keep_seconds": keep_seconds,
            "keep_events": keep_events, "created": clock.millis(),
        },
    )  # fmt: skip
    if not new:
        raise Problem(INVALID, field="name", name="name", reason="there is such a room already")
    own = Grant(
        id=f"{PREFIX}{name}.own", subject=f"member:{circle.member_id()}", service=PREFIX + name,
        methods=("GET", "POST"), purposes=("*",),
    )  # fmt: skip
    add_grants([own])
    return room


def publish(*, room: str, event: dict[str, Any], member: str, message: str) -> int:
    """Put an event into a room; its number. The same event again keeps its place.

    Raises:
        Problem: ``not-found`` or ``event-invalid``.
    """
    events.check(event)
    with transaction.atomic():
        found = _locked(room)
        known = RoomEvent.objects.filter(room=found, key=events.key(event)).first()
        if known is not None:
            return known.number
        found.last += 1
        found.save(update_fields=["last"])
        RoomEvent.objects.create(
            room=found, number=found.last, key=events.key(event), member=member, message=message, at=clock.millis(),
            event=orjson.dumps(event).decode(),
        )  # fmt: skip
        transaction.on_commit(lambda: ring(room))
    return found.last


def fetch(*, room: str, after: int, limit: int = events.FETCHED) -> dict[str, Any]:
    """Events after a cursor, in their order, with the numbers between which the room holds events.

    Raises:
        Problem: ``not-found``; ``cursor-lost`` when events after the cursor were forgotten already.
    """
    found = Room.objects.filter(pk=room).first()
    if found is None:
        raise Problem(NOT_FOUND, field="room", what=f"room {room}")
    if after + 1 < found.first:
        raise Problem(events.LOST, field="after", room=room, first=found.first)
    rows = RoomEvent.objects.filter(room=found, number__gt=after).order_by("number")[: min(limit, events.FETCHED)]
    told = [{"number": each.number, "member": each.member, "event": orjson.loads(each.event)} for each in rows]
    return {"events": told, "cursor": told[-1]["number"] if told else after, "first": found.first, "last": found.last}


def acknowledge(*, room: str, member: str, system: str, cursor: int) -> None:
    """Note how far a subscriber has come; it may also go back, to read again what is still kept.

    Raises:
        Problem: ``not-found``, ``invalid`` beyond the last event.
    """
    found = Room.objects.filter(pk=room).first()
    if found is None:
        raise Problem(NOT_FOUND, field="room", what=f"room {room}")
    if not 0 <= cursor <= found.last:
        raise Problem(INVALID, field="cursor", name="cursor", reason=f"0 to {found.last}")
    Subscriber.objects.update_or_create(
        room=found, member=member, system=system, defaults={"cursor": cursor, "seen": clock.millis()}
    )


def follow(*, provider: str, room: str, system: str) -> int:
    """The cursor of an own system in a room, 0 when it has not read there yet."""
    found = Following.objects.filter(provider=provider, room=room, system=system).first()
    return found.cursor if found else 0


def move(*, provider: str, room: str, system: str, cursor: int) -> None:
    """Keep the cursor of an own system."""
    Following.objects.update_or_create(
        provider=provider, room=room, system=system, defaults={"cursor": cursor, "seen": clock.millis()}
    )


def forget() -> int:
    """Delete what rooms need not keep any longer; how many events."""
    return sum(_forget(room) for room in Room.objects.filter(last__gte=F("first")))


def _forget(room: Room) -> int:
    old = RoomEvent.objects.filter(room=room, at__lt=clock.millis() - room.keep_seconds * 1000)
    newest = old.order_by("-number").values_list("number", flat=True).first() or 0
    until = max(newest, room.last - room.keep_events)
    if until < room.first:
        return 0
    with transaction.atomic():
        deleted, _ = RoomEvent.objects.filter(room=room, number__lte=until).delete()
        Room.objects.filter(pk=room.pk).update(first=until + 1)
    return deleted


def _locked(name: str) -> Room:
    found = Room.objects.select_for_update().filter(pk=name).first()
    if found is None:
        raise Problem(NOT_FOUND, field="room", what=f"room {name}")
    return found


def ring(room: str) -> None:
    """Wake those who wait for the room's next event; from any thread."""
    for loop, event in list(_waiting.get(room, ())):
        loop.call_soon_threadsafe(event.set)


async def wait(room: str, seconds: float, ready: Callable[[], Any]) -> Any:
    """What ``ready`` (run in a thread) gives once it has events, or when the time is over."""
    mine = (asyncio.get_running_loop(), asyncio.Event())
    _waiting.setdefault(room, set()).add(mine)
    try:
        found = await asyncio.to_thread(ready)
        if found["events"] or not seconds:
            return found
        try:
            await asyncio.wait_for(mine[1].wait(), seconds)
        except TimeoutError:
            return found
        return await asyncio.to_thread(ready)
    finally:
        _waiting[room].discard(mine)
