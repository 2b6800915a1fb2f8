"""What this node has taken in: each message once, in the order of its lane. Raw SQL over a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.delivery.envelope import number_of
from twincity.engines.exchange.models import InboxLane, InboxMessage
from twincity.engines.exchange.services.store import insert_many, rows
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

    Refused ones are not kept, but their lane goes on past them. All of the messages are from one member. Only one
    thread takes in, so what is read here still holds when it is written.
    """
    if not arrived:
        return []
    peer = arrived[0].inbound.member.id
    had = known(cursor, peer, [each.inbound.headers["tc-message-id"] for each in arrived])
    last = _last(cursor, peer, {each.inbound.headers["tc-lane"] for each in arrived})
    before, new = dict(last), []
    verdicts = []
    for each in arrived:
        verdict = _judge(each, had, last)
        if verdict == "new" and not each.refused:
            new.append(_row(each.inbound, last[each.inbound.headers["tc-lane"]]))
        verdicts.append(verdict)
    insert_many(cursor, TABLE, new)
    _advance(cursor, peer, {lane: number for lane, number in last.items() if before.get(lane) != number})
    return verdicts


def _judge(each: Arrived, had: set[str], last: dict[str, int]) -> lanes.Verdict:
    """What becomes of one message; ``had`` and ``last`` go on with it."""
    headers = each.inbound.headers
    message, lane, number = headers["tc-message-id"], headers["tc-lane"], number_of(headers)
    if message in had:  # by file and network at the same time
        return "known"
    if not lanes.takes(last=last.get(lane, 0), number=number, after=each.after):
        return "early"
    last[lane] = number
    if not each.refused:
        had.add(message)
    return "new"


def _advance(cursor: Any, peer: str, last: dict[str, int]) -> None:
    cursor.executemany(
        f"INSERT INTO {LANES} (peer, lane, number) VALUES (%s, %s, %s) "  # noqa: S608
        "ON CONFLICT (peer, lane) DO UPDATE SET number = excluded.number",
        [(peer, lane, number) for lane, number in last.items()],
    )


def known(cursor: Any, peer: str, messages: list[str]) -> set[str]:
    """Which of these messages have been taken in before."""
    places = ", ".join(["%s"] * len(messages))
    cursor.execute(f"SELECT id FROM {TABLE} WHERE peer = %s AND id IN ({places})", [peer, *messages])  # noqa: S608
    return {found for (found,) in cursor.fetchall()}


def _last(cursor: Any, peer: str, names: set[str]) -> dict[str, int]:
    places = ", ".join(["%s"] * len(names))
    cursor.execute(f"SELECT lane, number FROM {LANES} WHERE peer = %s AND lane IN ({places})", [peer, *names])  # noqa: S608
    return {lane: int(number) for lane, number in cursor.fetchall()}


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


def finish(cursor: Any, finished: list[tuple[int, int]]) -> None:
    """Mark messages as done, given by place and status."""
    now = clock.millis()
    cursor.executemany(
        f"UPDATE {TABLE} SET state = 'done', done = %s, status = %s, error = '' WHERE seq = %s",  # noqa: S608
        [(now, status, seq) for seq, status in finished],
    )


def put_off(cursor: Any, seq: int, changes: dict[str, Any]) -> None:
    """Write down why a message is not done yet."""
    names = ", ".join(f'"{name}" = %s' for name in changes)
    cursor.execute(f"UPDATE {TABLE} SET {names} WHERE seq = %s", [*changes.values(), seq])  # noqa: S608
