"""The machine door: the service ``divisions`` of the exchange, typed; rows have the fields of the standard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import date
from itertools import islice
from typing import Annotated

import msgspec
from django.db import connections

from twincity.apps.sharing import queries, rules
from twincity.apps.sharing.divisions import Division, Level, Resolution, resolve
from twincity.engines.exchange.facade import Call, Rows, Service
from twincity.kernel.locale_text import LocalText

MOST = 1000
Limit = Annotated[int, msgspec.Meta(ge=1, le=MOST)]

divisions = Service(
    rules.DATASET,
    title=LocalText(zh="行政区划查询", en="Look-up of administrative divisions"),
    dataset=rules.DATASET,
    standard=rules.STANDARD,
)


class Units(msgspec.Struct):
    """Which units; ``after`` is the last code of the page before."""

    level: Level | None = None
    parent: str = ""
    name: str = ""
    """Beginning of the name."""
    at: date | None = None
    """Day on which they were in use; today when absent."""
    after: str = ""
    limit: Limit = 100


class Unit(msgspec.Struct):
    """A code, and the day on which it was written down."""

    code: str
    at: date | None = None


class Code(msgspec.Struct):
    """A code of 6 or 9 digits."""

    code: str


@divisions.get("/units")
def units(call: Call, query: Units) -> Rows:  # noqa: ARG001  the exchange's signature
    """Units in use, by code."""
    found = rules.select(queries.snapshot().units, level=query.level, parent=query.parent, name=query.name, at=query.at)
    page = islice((unit for unit in found if unit.code > query.after), query.limit)
    return Rows([rules.as_row(unit) for unit in page])


@divisions.get("/units/{code}")
def unit(call: Call, query: Unit) -> Rows:  # noqa: ARG001  the exchange's signature
    """What a code stood for on a day, or last; one row.

    Raises:
        Problem: ``division-code-malformed``, ``division-unknown`` or ``division-not-then``.
    """
    return Rows([rules.as_row(queries.snapshot().register.get(query.code, query.at))])


@divisions.get("/units/{code}/towns", inline=True)
def towns(call: Call, query: Code) -> Rows | Awaitable[Rows]:  # noqa: ARG001  the exchange's signature
    """Towns in force below a county, by code; from memory, so that it may run on the event loop.

    Raises:
        Problem: ``division-code-malformed`` or ``division-unknown``.
    """
    found = queries.held()
    return _towns(found, query.code) if found else _towns_after_loading(query.code)


@divisions.get("/units/{code}/history")
def history(call: Call, query: Code) -> Rows:  # noqa: ARG001  the exchange's signature
    """Every use of a code, and every unit on its way to today, oldest first.

    Answered from the shipped tables of both provinces, since a code of one may lead into the other.

    Raises:
        Problem: ``division-code-malformed`` or ``division-unknown``.
    """
    found = set(_along(resolve(query.code)))
    return Rows([rules.as_row(unit) for unit in sorted(found, key=_age)])


def _along(way: Resolution) -> list[Division]:
    return [way.asked, *way.other_uses, *(step.new for step in way.steps)]


def _age(unit: Division) -> tuple[str, str]:
    return unit.valid_from, unit.code


def _towns(found: queries.Snapshot, code: str) -> Rows:
    rows = found.towns.get(code)
    if rows is None:
        found.register.uses(code)
        rows = []
    return Rows(rows)


async def _towns_after_loading(code: str) -> Rows:
    return _towns(await asyncio.to_thread(_load), code)


def _load() -> queries.Snapshot:
    try:
        return queries.snapshot()
    finally:
        connections.close_all()  # nobody else will use this thread's connection
