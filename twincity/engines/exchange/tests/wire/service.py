"""A service that does what services do, well and badly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from twincity.engines.exchange.wire.registry import Call, Rows, Service
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import NOT_FOUND, Problem

TITLE = LocalText("测试", "Test")


TOWNS = [{"code": "500231100", "name": "桂溪", "people": 7}, {"code": "511623100", "name": "鼎屏", "people": 9}]


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """Parameters of the service of these tests."""

    size: int = 0


def offer() -> None:  # noqa: C901  one short handler for each way to answer
    """A service that does what services do, well and badly."""
    towns = Service("towns", TITLE)
    critical = Service("alarms", TITLE, service_class="critical")

    @towns.get("/rows")
    def rows(call: Call) -> Rows:
        return Rows([dict(row) for row in TOWNS])

    @towns.get("/call", inline=True)
    def told(call: Call, given: Query) -> dict[str, Any]:
        return {"member": call.member, "purpose": call.purpose, "system": call.system, "grant": call.grant.id}

    @towns.post("/later")
    async def later(call: Call, given: Query) -> Query:
        await asyncio.sleep(0)
        return given

    @towns.get("/large", inline=True)
    def large(call: Call, given: Query) -> str:
        return "x" * given.size

    @towns.get("/refuses", inline=True)
    def refuses(call: Call) -> None:
        raise Problem(NOT_FOUND, field="code", what="such a town")

    @towns.get("/fails")
    def fails(call: Call) -> None:
        raise ZeroDivisionError("a secret")

    @towns.get("/odd", inline=True)
    def odd(call: Call) -> object:
        return object()

    @towns.get("/stream", stream=True, media_type="text/plain")
    async def stream(call: Call, given: Query) -> AsyncIterator[bytes]:
        for number in range(given.size):
            yield b"%06d\n" % number
            if number == 50:
                raise ZeroDivisionError("a secret")

    @critical.get("/now", inline=True)
    def now(call: Call) -> list[str]:
        return []
