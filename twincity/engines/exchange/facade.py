"""The exchange's door for apps: offer a service, call another's, start and stop with the node."""

from __future__ import annotations

import asyncio
from typing import Any

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import services
from twincity.engines.exchange.queries import delivery as reads
from twincity.engines.exchange.rules import Grant, RowFilter
from twincity.engines.exchange.services import delivery, rooms, roomservice
from twincity.engines.exchange.wire import runtime
from twincity.engines.exchange.wire.consumer import Outbound, Result
from twincity.engines.exchange.wire.consumer import call as call_out
from twincity.engines.exchange.wire.registry import Call, Rows, Service, Stream
from twincity.engines.exchange.wire.registry import services as registered
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel.home import Config
from twincity.kernel.http.client import Client
from twincity.kernel.limits import AdaptiveLimit, Gate
from twincity.kernel.locale_text import LocalText
from twincity.kernel.tc1.replay import ReplayGuard

__all__ = [
    "Call",
    "Grant",
    "Outbound",
    "Result",
    "RowFilter",
    "Rows",
    "Service",
    "Stream",
    "acknowledge",
    "call",
    "create_room",
    "deliver",
    "fetch",
    "publish",
    "registered",
    "rooms_of_this_member",
    "start",
    "stop",
    "subscribe",
]


def start(config: Config, client: Client) -> Runtime:
    """Begin to exchange: admission, grants, local systems, and the nonces of the last minute from the ledger."""
    limits = config.limits
    gate = Gate(
        AdaptiveLimit(
            start=min(64, limits.concurrency),
            minimum=min(32, limits.concurrency),
            maximum=limits.concurrency,
            target=0.05,
        ),
        rate=limits.peer_rate,
        burst=limits.peer_rate,
    )
    started = Runtime(
        member=circle.member_id(),
        address=config.address,
        body_limit=limits.body,
        gate=gate,
        client=client,
        replay=ReplayGuard(services.recent_nonces()),
    )
    runtime.start(started)
    delivery.begin(started)
    services.reload_systems()
    services.reload_grants()
    roomservice.offer_all()
    return started


def stop() -> None:
    """End the threads of handlers."""
    if runtime.running():
        runtime.current().pool.shutdown(wait=True)
        runtime.start(None)
        delivery.begin(None)


async def deliver(stop: asyncio.Event) -> None:
    """Deliver messages until stopped."""
    await delivery.run(stop)


def create_room(*, name: str, title: LocalText, standard: str = "") -> str:
    """Open a room of this member; the name of its service, on which grants decide.

    Raises:
        Problem: ``invalid``.
    """
    rooms.create(name=name, title=title, standard=standard)
    roomservice.offer_all()
    return rooms.PREFIX + name


def publish(*, room: str, event: dict[str, Any], member: str, message: str) -> int:
    """Put a CloudEvent into a room of this member; its number.

    Raises:
        Problem: ``not-found`` or ``event-invalid``.
    """
    return rooms.publish(room=room, event=event, member=member, message=message)


def subscribe(*, room: str, member: str, system: str, cursor: int = 0) -> None:
    """Begin to read in a room after a cursor, or go on from another one.

    Raises:
        Problem: ``not-found`` or ``invalid``.
    """
    rooms.acknowledge(room=room, member=member, system=system, cursor=cursor)


def fetch(*, room: str, after: int, limit: int = 200) -> dict[str, Any]:
    """Events of a room after a cursor: ``events`` with numbers, the next ``cursor``, ``first`` and ``last`` kept.

    Raises:
        Problem: ``not-found`` or ``cursor-lost``.
    """
    return rooms.fetch(room=room, after=after, limit=limit)


def acknowledge(*, room: str, member: str, system: str, cursor: int) -> None:
    """Note that a subscriber has dealt with all events up to a cursor.

    Raises:
        Problem: ``not-found`` or ``invalid``.
    """
    rooms.acknowledge(room=room, member=member, system=system, cursor=cursor)


def rooms_of_this_member() -> list[dict[str, Any]]:
    """Rooms with their subscribers: the cursor of each and by how many events it lags."""
    return reads.rooms()


async def call(outbound: Outbound) -> Result:
    """Call another member's service; the verified answer."""
    return await call_out(runtime.current(), outbound)
