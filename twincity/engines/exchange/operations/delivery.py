"""What an operator does with messages on their way: see where they stand, decide on those that went no further."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any, Literal

import msgspec

from twincity.engines.exchange.queries import delivery as queries
from twincity.engines.exchange.services import courier, deadletters
from twincity.engines.exchange.services.delivery import delivery
from twincity.kernel import background
from twincity.kernel.operations import operation
from twincity.kernel.problems import INVALID, Problem

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


class To(msgspec.Struct, forbid_unknown_fields=True):
    """A member."""

    to: str


class File(msgspec.Struct, forbid_unknown_fields=True):
    """A courier bundle in base64."""

    bundle: str


@operation("exchange.courier-export")
def courier_export(given: To) -> dict[str, Any]:
    """A courier bundle with what waits for a member; ``bundle`` is the file in base64."""
    file, count = background.wait(courier.export(delivery(), to=given.to))
    return {"messages": count, "bundle": base64.b64encode(file).decode()}


@operation("exchange.courier-import")
def courier_import(given: File) -> dict[str, Any]:
    """Take in a courier bundle; ``receipt`` is the bundle to carry back, in base64."""
    try:
        data = base64.b64decode(given.bundle, validate=True)
    except ValueError as error:
        raise Problem(INVALID, field="bundle", name="bundle", reason="not base64") from error
    found = background.wait(courier.take_in(delivery(), data))
    return dataclasses.asdict(found) | {"receipt": base64.b64encode(found.receipt).decode()}


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
