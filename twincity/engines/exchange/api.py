"""Machine doors of the exchange: other nodes' signed calls, and the calls of this member's own systems."""

from __future__ import annotations

from twincity.engines.exchange.wire.local import Local
from twincity.engines.exchange.wire.provider import Provider
from twincity.engines.exchange.wire.runtime import Runtime, current, running
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.problems import UNAVAILABLE, Problem


def _runtime() -> Runtime:
    if not running():
        raise Problem(UNAVAILABLE, reason="this node has not joined a circle")
    return current()


@door("/tc1/", "Signed calls of other members: `/tc1/SERVICE/PATH` (FEDERATION.md)")
async def tc1(scope: Scope, receive: Receive, send: Send) -> None:
    """The provider's side."""
    await Provider(_runtime())(scope, receive, send)


@door("/call/", "Calls of this member's own systems: `/call/PROVIDER/SERVICE/PATH` with a bearer token")
async def call(scope: Scope, receive: Receive, send: Send) -> None:
    """The consumer's side."""
    await Local(_runtime())(scope, receive, send)
