"""Background work of the exchange: deliver agreement documents until acknowledged, keep the index over the ledger."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import structlog

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, services
from twincity.engines.exchange.services import agreements, retention, rooms
from twincity.engines.exchange.wire import asking, runtime
from twincity.engines.ledger import facade as ledger
from twincity.kernel.jobs import job
from twincity.kernel.problems import Problem

BATCH = 5000
"""Records indexed in one transaction."""
LOOK = 3.0
"""Seconds between looks at the database for documents when none is known of: another process may have written."""
_delivered = {"looked": 0.0}


@job("exchange.deliver", every=1.0)
async def deliver(_: Any) -> None:
    """Send each request or decision that the other side has not acknowledged."""
    if not (runtime.running() and circle.is_open()):
        return
    now = time.monotonic()
    if not agreements.stirred.is_set() and now - _delivered["looked"] < LOOK:
        return
    agreements.stirred.clear()
    _delivered["looked"] = now
    waiting = await asyncio.to_thread(queries.untold)
    if waiting:  # until each is acknowledged, or as long as more may be waiting
        agreements.stirred.set()
    await asyncio.gather(*(_send(each) for each in waiting))


async def _send(due: queries.Untold) -> None:
    try:
        await asking.send_document(due.path, due.peer, due.token)
    except Problem as problem:
        structlog.get_logger().info("agreement_not_delivered", agreement=due.agreement, problem=str(problem))
        return
    await asyncio.to_thread(services.mark_told, agreement_id=due.agreement, token=due.token)


_indexed = {"size": -1}
"""Size of the ledger when the index was last brought up to it: an idle node need not ask its database."""


@job("exchange.index", every=0.5)
def index(_: Any) -> None:
    """Bring the searchable index up to the ledger."""
    if not circle.is_open() or ledger.exchange_log().size == _indexed["size"]:
        return
    size = ledger.exchange_log().size
    while services.index_records() >= BATCH:
        continue
    _indexed["size"] = size


@job("exchange.consents", every=0.2)
async def consents(_: Any) -> None:
    """Tell of consents given and withdrawn whoever has not acknowledged it."""
    if runtime.running() and circle.is_open():
        await services.teller.look()


@job("exchange.data_agreements", every=0.5)
def data_agreements(_: Any) -> None:
    """Take in data agreements from the public logs."""
    services.take_in()


@job("exchange.obligations", every=60.0)
def obligations(_: Any) -> None:
    """Begin the time for deletion of what was received under consents that have expired."""
    if circle.is_open():
        services.open_obligations()


@job("exchange.systems", every=0.5)
def systems(_: Any) -> None:
    """Take in new and revoked tokens of local systems."""
    if runtime.running():
        services.reload_systems()


@job("exchange.rooms", every=60.0)
def forget(_: Any) -> None:
    """Delete events that rooms need not keep any longer."""
    rooms.forget()


@job("exchange.forget", every=3600.0)
def forget_messages(_: Any) -> None:
    """Delete messages that are over and can never come again."""
    retention.forget()


@job("exchange.expire", every=60.0)
def expire(_: Any) -> None:
    """End agreements whose last day is over."""
    services.end_expired()
