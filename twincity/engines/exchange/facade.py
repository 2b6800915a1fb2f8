"""The exchange's door for apps: offer a service, call another's, start and stop with the node."""

from __future__ import annotations

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import services
from twincity.engines.exchange.rules import Grant, RowFilter
from twincity.engines.exchange.wire import runtime
from twincity.engines.exchange.wire.consumer import Outbound, Result
from twincity.engines.exchange.wire.consumer import call as call_out
from twincity.engines.exchange.wire.registry import Call, Rows, Service, Stream
from twincity.engines.exchange.wire.registry import services as registered
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel.home import Config
from twincity.kernel.http.client import Client
from twincity.kernel.limits import AdaptiveLimit, Gate
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
    "call",
    "registered",
    "start",
    "stop",
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
        people=services.People(),
    )
    runtime.start(started)
    services.reload_systems()
    services.reload_grants()
    return started


def stop() -> None:
    """End the threads of handlers."""
    if runtime.running():
        runtime.current().pool.shutdown(wait=True)
        runtime.start(None)


async def call(outbound: Outbound) -> Result:
    """Call another member's service; the verified answer."""
    return await call_out(runtime.current(), outbound)
