"""What an operator does with rooms: open one, see who reads in it and how far."""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.engines.exchange.queries import delivery as queries
from twincity.engines.exchange.services import rooms
from twincity.engines.exchange.services.roomservice import offer_all
from twincity.kernel.locale_text import LocalText
from twincity.kernel.operations import operation


class NewRoom(msgspec.Struct, forbid_unknown_fields=True):
    """A room to be opened; events are kept for so many seconds, and so many of them at most."""

    name: str
    title: LocalText
    standard: str = ""
    keep_seconds: int = rooms.KEEP_SECONDS
    keep_events: int = rooms.KEEP_EVENTS


class All(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters."""


@operation("exchange.room")
def create(given: NewRoom) -> dict[str, Any]:
    """Open a room; who may publish or read in it is decided by grants on the service ``room.NAME``."""
    rooms.create(**msgspec.structs.asdict(given))
    offer_all()
    return {"service": rooms.PREFIX + given.name}


@operation("exchange.rooms")
def show(_: All) -> list[dict[str, Any]]:
    """Rooms of this member with their subscribers, the cursor of each and by how many events it lags."""
    return queries.rooms()
