"""What this node has to deliver: rows in, their turn, what became of them. Raw SQL over a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twincity.engines.exchange.delivery.envelope import Sealed
from twincity.engines.exchange.models import OutboxMessage
from twincity.engines.exchange.services.store import insert, rows
from twincity.engines.exchange.wire.consumer import Outbound
from twincity.kernel import clock
from twincity.kernel.limits import Priority

TABLE = OutboxMessage._meta.db_table  # noqa: SLF001  Django's documented API
DEFAULTS: dict[str, Any] = {
    "state": "queued", "next": 0, "attempts": 0, "error": "", "taken": 0, "receipt": "", "answered": 0, "status": 0,
    "media_type": "", "result": b"", "decided_by": "", "reason": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a message: its new state, the provider's receipt, or the code of its refusal."""

    id: str
    state: str
    receipt: str = ""
    error: str = ""


def add(cursor: Any, outbound: Outbound, sealed: Sealed, priority: Priority) -> None:
    """Keep a message that is to be delivered."""
    row = DEFAULTS | {
        "id": outbound.id,
        "destination": outbound.provider,
        "lane": sealed.lane,
        "number": sealed.number,
        "priority": int(priority),
        "service": outbound.service,
        "method": outbound.method,
        "path": outbound.path[:500],
        "purpose": outbound.purpose,
        "system": outbound.system,
        "request": sealed.envelope,
        "size": len(sealed.envelope),
        "queued": clock.millis(),
        "expires": sealed.expires * 1000,
    }
    insert(cursor, TABLE, row)


def waiting(cursor: Any, destination: str, limit: int, most: int) -> list[dict[str, Any]]:
    """The next messages to a member in their order, at most ``limit`` of together about ``most`` bytes."""
    cursor.execute(
        f"SELECT id, lane, number, request, size, expires, attempts FROM {TABLE} "  # noqa: S608
        "WHERE destination = %s AND state = 'queued' ORDER BY priority DESC, number LIMIT %s",
        [destination, limit],
    )
    found: list[dict[str, Any]] = []
    total = 0
    for row in rows(cursor):
        total += row["size"]
        if found and total > most:
            break
        found.append(row)
    return found


def named(cursor: Any, destination: str, messages: list[str]) -> list[dict[str, Any]]:
    """Those of the named messages to a member that still wait."""
    if not messages:
        return []
    places = ", ".join(["%s"] * len(messages))
    cursor.execute(
        f"SELECT id, lane, number, request, size, expires, attempts FROM {TABLE} "  # noqa: S608
        f"WHERE destination = %s AND state = 'queued' AND id IN ({places})",
        [destination, *messages],
    )
    return rows(cursor)


def settle(cursor: Any, settled: list[Settled]) -> None:
    """Write down what became of messages that were queued; the result of one may have come before."""
    now = clock.millis()
    cursor.executemany(
        f"UPDATE {TABLE} SET taken = %s, receipt = %s, error = %s, "  # noqa: S608
        "state = CASE WHEN answered > 0 THEN 'done' ELSE %s END WHERE id = %s AND state = 'queued'",
        [(0 if each.error else now, each.receipt, each.error, each.state, each.id) for each in settled],
    )


def failed(cursor: Any, destination: str, error: str, until: int) -> None:
    """Note that a member could not be reached; ``until`` is when it is tried again, in milliseconds."""
    cursor.execute(
        f'UPDATE {TABLE} SET attempts = attempts + 1, error = %s, "next" = %s '  # noqa: S608
        "WHERE destination = %s AND state = 'queued' AND seq IN "
        f"(SELECT seq FROM {TABLE} WHERE destination = %s AND state = 'queued' "
        "ORDER BY priority DESC, number LIMIT 1)",
        [error[:300], until, destination, destination],
    )


def expire(cursor: Any, now: int) -> int:
    """Give up messages whose time has passed; a person decides on them. How many."""
    cursor.execute(
        f"UPDATE {TABLE} SET state = 'dead', error = 'message-expired' "  # noqa: S608
        "WHERE state = 'queued' AND expires <= %s",
        [now],
    )
    return int(cursor.rowcount)


def backlog(cursor: Any) -> dict[str, int]:
    """How many messages wait for each member."""
    cursor.execute(f"SELECT destination, count(*) FROM {TABLE} WHERE state = 'queued' GROUP BY destination")  # noqa: S608
    return {name: int(count) for name, count in cursor.fetchall()}


def highest(cursor: Any) -> int:
    """The highest number given so far."""
    cursor.execute(f"SELECT max(number) FROM {TABLE}")  # noqa: S608
    return int(cursor.fetchone()[0] or 0)


def answer(cursor: Any, answers: list[tuple[int, int, str, bytes, str, str]], member: str) -> list[str]:
    """Keep the results of messages; the ids of those that this node has not sent to that member.

    One that is still queued stays so: its acknowledgement is yet to come, and with it the evidence.

    Args:
        cursor: of the transaction.
        answers: time in milliseconds, status, media type, body, message id and member of each.
        member: from whom all of them come.
    """
    asked = [each[4] for each in answers]
    places = ", ".join(["%s"] * len(asked))
    cursor.execute(f"SELECT id FROM {TABLE} WHERE destination = %s AND id IN ({places})", [member, *asked])  # noqa: S608
    sent = {found for (found,) in cursor.fetchall()}
    cursor.executemany(
        f"UPDATE {TABLE} SET state = CASE WHEN state = 'queued' THEN state ELSE 'done' END, "  # noqa: S608
        "answered = %s, status = %s, media_type = %s, result = %s "
        "WHERE id = %s AND destination = %s AND state IN ('queued', 'taken', 'dead')",
        [each for each in answers if each[4] in sent],
    )
    return [each for each in asked if each not in sent]


def one(cursor: Any, message: str) -> dict[str, Any] | None:
    """A message and its result."""
    cursor.execute(
        "SELECT id, destination, lane, state, service, path, system, queued, expires, attempts, error, "  # noqa: S608
        f"taken, receipt, answered, status, media_type, result FROM {TABLE} WHERE id = %s",
        [message],
    )
    return next(iter(rows(cursor)), None)
