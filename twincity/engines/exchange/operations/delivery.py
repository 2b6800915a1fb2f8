"""What an operator does with messages on their way: see where they stand, decide on those that went no further."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from twincity.engines.exchange.queries import delivery as queries
from twincity.engines.exchange.services import deadletters
from twincity.engines.exchange.services.delivery import delivery
from twincity.kernel.operations import operation

LISTED = 500


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters."""


class Decide(msgspec.Struct, forbid_unknown_fields=True):
    """A decision on a dead message: of this node's own (``peer`` empty), or one taken in from a partner."""

    message: str
    act: Literal["retry", "drop"]
    by: str
    peer: str = ""
    reason: str = ""


@operation("exchange.delivery")
def partners(_: Nothing) -> list[dict[str, Any]]:
    """Where messages stand, by partner and direction."""
    return queries.partners()


@operation("exchange.dead-letters")
def dead_letters(_: Nothing) -> list[dict[str, Any]]:
    """Messages that wait for a person, latest first: own ones, then those taken in."""
    own = queries.outbox(state="dead")[:LISTED]
    taken = queries.inbox(state="dead")[:LISTED]
    return [
        *({"message": each.id, "peer": "", "member": each.destination, **_facts(each)} for each in own),
        *({"message": each.id, "peer": each.peer, "member": each.peer, **_facts(each)} for each in taken),
    ]


def _facts(row: Any) -> dict[str, Any]:
    return {"service": row.service, "path": row.path, "lane": row.lane, "error": row.error, "attempts": row.attempts}


@operation("exchange.decide-letter")
def decide_letter(given: Decide) -> dict[str, Any]:
    """Try a dead message again, or drop it with a reason; recorded in the ledger with the name of who decided."""
    if given.peer and given.act == "retry":
        deadletters.retry_handling(delivery(), peer=given.peer, message=given.message, by=given.by)
    elif given.peer:
        deadletters.drop_handling(delivery(), peer=given.peer, message=given.message, by=given.by, reason=given.reason)
    elif given.act == "retry":
        deadletters.retry_sending(delivery(), message=given.message, by=given.by)
    else:
        deadletters.drop_sending(message=given.message, by=given.by, reason=given.reason)
    return {}
