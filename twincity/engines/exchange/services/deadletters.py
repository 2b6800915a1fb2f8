"""Messages that wait for a person: tried again, or dropped with a reason. Who decided is in the ledger."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import connection, transaction

from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.delivery.envelope import Envelope, body_of, seal, sent
from twincity.engines.exchange.models import InboxMessage, OutboxMessage
from twincity.engines.exchange.services import retention
from twincity.engines.exchange.services.delivery import Delivery
from twincity.engines.exchange.services.results import Replies
from twincity.engines.exchange.wire.handling import refused
from twincity.engines.ledger import facade as ledger
from twincity.kernel import canonical, clock
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem, define

DROPPED = define(
    "message-dropped", 410, zh="消息已由人工丢弃: {reason}", en="The message was dropped by a person: {reason}"
)
TOO_OLD = define(
    "too-old",
    410,
    zh="消息首次排队已超过 {days} 天, 不能再发, 以免重复生效",
    en="Queued more than {days} days ago; sent again it could take effect twice",
)


def retry_sending(delivery: Delivery, *, message: str, by: str) -> None:
    """Queue a message anew, under the same id and a fresh signature, at the end of its lane. Call it from a thread.

    Raises:
        Problem: ``not-found`` unless it is dead; ``too-old`` when the receiver may have forgotten that it had it; or
            why it cannot be signed.
    """
    row = _dead(OutboxMessage, id=message)
    if clock.millis() > row.queued + retention.RETRIES * 1000:
        raise Problem(TOO_OLD, field="message", days=retention.RETRIES // 86_400)
    envelope = msgspec.json.decode(bytes(row.request), type=Envelope)
    outbound = sent(envelope, row.destination).call
    outbound.query, outbound.body = envelope.target.partition("?")[2], body_of(envelope)
    outbound.media_type = envelope.headers.get("content-type", "")
    sealed = seal(outbound, lane=row.lane, number=delivery.number(), ttl=lanes.TTL)
    changes = {
        "state": "queued", "request": sealed.envelope, "number": sealed.number, "expires": sealed.expires * 1000,
        "attempts": 0, "error": "", "decided_by": by[:150],
    }  # fmt: skip
    _decide(OutboxMessage, row, changes, by=by, act="retry")
    delivery.queued(row.destination)


def drop_sending(*, message: str, by: str, reason: str) -> None:
    """Give a message up; its effect will not happen unless the partner has taken it already.

    Raises:
        Problem: ``not-found`` unless it is dead, ``invalid`` without a reason.
    """
    row = _dead(OutboxMessage, id=message)
    changes = {"state": "dropped", "decided_by": by[:150], "reason": _reason(reason)}
    _decide(OutboxMessage, row, changes, by=by, act="drop")


def retry_handling(delivery: Delivery, *, peer: str, message: str, by: str) -> None:
    """Have the handler try again.

    Raises:
        Problem: ``not-found`` unless it is dead.
    """
    row = _dead(InboxMessage, peer=peer, id=message)
    _decide(InboxMessage, row, {"state": "taken", "attempts": 0, "decided_by": by[:150]}, by=by, act="retry")
    delivery.effects.unblock()


def drop_handling(delivery: Delivery, *, peer: str, message: str, by: str, reason: str) -> None:
    """Give a message up that was taken in; its sender is told so as its result.

    Raises:
        Problem: ``not-found`` unless it is dead, ``invalid`` without a reason.
    """
    row, why = _dead(InboxMessage, peer=peer, id=message), _reason(reason)
    told = refused(Problem(DROPPED, reason=why))
    changes = {"state": "dropped", "decided_by": by[:150], "reason": why, "status": told.status}
    with transaction.atomic(), connection.cursor() as cursor:
        _decide(InboxMessage, row, changes, by=by, act="drop")
        replies = Replies()
        replies.add({"id": row.id, "peer": row.peer, "headers": row.headers}, told)
        replies.queue(cursor, delivery.number)
    delivery.queued(row.peer)


def _dead(model: Any, **key: str) -> Any:
    row = model.objects.filter(state="dead", **key).first()
    if row is None:
        raise Problem(NOT_FOUND, field="message", what=f"dead message {key['id']}")
    return row


def _reason(text: str) -> str:
    if not 0 < len(text.strip()) <= 300:
        raise Problem(INVALID, field="reason", name="reason", reason="1 to 300 characters")
    return text.strip()


def _decide(model: Any, row: Any, changes: dict[str, Any], *, by: str, act: str) -> None:
    if not model.objects.filter(pk=row.pk, state="dead").update(**changes):
        raise Problem(NOT_FOUND, field="message", what=f"dead message {row.id}")
    told = {"kind": "delivery", "id": row.id, "at": clock.millis(), "act": act, "by": by, "was": row.error}
    data = canonical.encode(told | {"reason": changes.get("reason", "")})
    ledger.exchange_log().append_wait(lambda _: data)
