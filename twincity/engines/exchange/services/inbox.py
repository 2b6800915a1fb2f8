"""What this node has taken in: each message once, in the order of its lane. Raw SQL over a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.delivery.envelope import number_of
from twincity.engines.exchange.models import InboxLane, InboxMessage
from twincity.engines.exchange.services.store import insert, rows
from twincity.engines.exchange.wire.provider import Inbound
from twincity.kernel import clock

TABLE = InboxMessage._meta.db_table  # noqa: SLF001  Django's documented API
LANES = InboxLane._meta.db_table  # noqa: SLF001  same
DEFAULTS: dict[str, Any] = {
    "state": "taken", "next": 0, "attempts": 0, "error": "", "done": 0, "status": 0, "decided_by": "", "reason": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrived:
    """A genuine message, what its sender says comes before it, and whether it is refused for good."""

    inbound: Inbound
    after: int
    refused: bool = False


def take(cursor: Any, arrived: list[Arrived]) -> list[lanes.Verdict]:
    """Take messages in, in their order; not those known already, nor those out of turn.

    Refused ones are not kept, but their lane goes on past them.
    """
    last: dict[tuple[str, str], int] = {}
    verdicts = [_take(cursor, each, last) for each in arrived]
    for (peer, lane), number in last.items():
        cursor.execute(
            f"INSERT INTO {LANES} (peer, lane, number) VALUES (%s, %s, %s) "  # noqa: S608
            "ON CONFLICT (peer, lane) DO UPDATE SET number = excluded.number",
            [peer, lane, number],
        )
    return verdicts


def _take(cursor: Any, each: Arrived, last: dict[tuple[str, str], int]) -> lanes.Verdict:
    headers = each.inbound.headers
    lane, number = (each.inbound.member.id, headers["tc-lane"]), number_of(headers)
    if lane not in last:
        last[lane] = _last(cursor, *lane)
    if not lanes.takes(last=last[lane], number=number, after=each.after):
        known_now = known(cursor, lane[0], [headers["tc-message-id"]])  # by file and network at the same time
        return "known" if known_now else "early"
    if not each.refused and not insert(cursor, TABLE, _row(each.inbound, number), "peer, id"):
        return "known"
    last[lane] = number
    return "new"


def known(cursor: Any, peer: str, messages: list[str]) -> set[str]:
    """Which of these messages have been taken in before."""
    places = ", ".join(["%s"] * len(messages))
    cursor.execute(f"SELECT id FROM {TABLE} WHERE peer = %s AND id IN ({places})", [peer, *messages])  # noqa: S608
    return {found for (found,) in cursor.fetchall()}


def _last(cursor: Any, peer: str, lane: str) -> int:
    cursor.execute(f"SELECT number FROM {LANES} WHERE peer = %s AND lane = %s", [peer, lane])  # noqa: S608
    found = cursor.fetchone()
    return int(found[0]) if found else 0


def _row(inbound: Inbound, number: int) -> dict[str, Any]:
    headers = inbound.headers
    return DEFAULTS | {
        "peer": inbound.member.id,
        "id": headers["tc-message-id"],
        "lane": headers["tc-lane"],
        "number": number,
        "service": inbound.service[:100],
        "method": inbound.method,
        "path": inbound.path[:500],
        "query": inbound.query,
        "headers": msgspec.json.encode(headers).decode(),
        "body": inbound.body,
        "taken": clock.millis(),
        "expires": inbound.signed.expires * 1000,
    }


def due(cursor: Any, limit: int, blocked: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Messages to be handled in their order, none of the lanes in ``blocked``, whose first ones wait for a retry."""
    others = " AND NOT (peer = %s AND lane = %s)" * len(blocked)
    cursor.execute(
        f"SELECT seq, peer, id, lane, service, method, path, query, headers, body, attempts FROM {TABLE} "  # noqa: S608
        f"WHERE state = 'taken'{others} ORDER BY seq LIMIT %s",
        [*(part for lane in blocked for part in lane), limit],
    )
    return rows(cursor)


def finish(cursor: Any, seq: int, changes: dict[str, Any]) -> None:
    """Write down what became of a message."""
    names = ", ".join(f'"{name}" = %s' for name in changes)
    cursor.execute(f"UPDATE {TABLE} SET {names} WHERE seq = %s", [*changes.values(), seq])  # noqa: S608
