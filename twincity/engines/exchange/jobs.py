"""Background work of the exchange: deliver agreement documents until acknowledged, keep the index over the ledger."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, services
from twincity.engines.exchange.models import Agreement
from twincity.engines.exchange.wire import protocol, runtime
from twincity.kernel.jobs import job
from twincity.kernel.problems import Problem


@job("exchange.deliver", every=1.0)
async def deliver(_: Any) -> None:
    """Send each request or decision that the other side has not acknowledged."""
    if not (runtime.running() and circle.is_open()):
        return
    waiting = await asyncio.to_thread(lambda: list(queries.untold()[:50]))
    await asyncio.gather(*(_send(agreement) for agreement in waiting))


async def _send(agreement: Agreement) -> None:
    decided = bool(agreement.decision)
    token = agreement.decision or agreement.request
    peer = agreement.consumer if decided else agreement.provider
    try:
        await protocol.send_document("/decisions" if decided else "/requests", peer, token)
    except Problem as problem:
        structlog.get_logger().info("agreement_not_delivered", agreement=agreement.id, problem=str(problem))
        return
    await asyncio.to_thread(services.mark_told, agreement_id=agreement.id, token=token)


@job("exchange.index", every=0.5)
def index(_: Any) -> None:
    """Bring the searchable index up to the ledger."""
    if circle.is_open():
        while services.index_records() >= 5000:
            continue


@job("exchange.systems", every=0.5)
def systems(_: Any) -> None:
    """Take in new and revoked tokens of local systems."""
    if runtime.running():
        services.reload_systems()
