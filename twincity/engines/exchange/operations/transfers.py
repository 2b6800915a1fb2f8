"""What an operator does with bulk deliveries, by command line or script."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from twincity.engines.exchange.queries import delivery as queries
from twincity.engines.exchange.services import fetching, transfers
from twincity.kernel.operations import operation

LISTED = 500


class Begin(msgspec.Struct, forbid_unknown_fields=True):
    """A file to be fetched: ``PATH?QUERY`` describes it, ``PATH/TAG?offset=N`` gives its bytes."""

    provider: str
    service: str
    path: str
    purpose: str
    by: str
    query: str = ""
    case: str = ""


class Act(msgspec.Struct, forbid_unknown_fields=True):
    """What is to become of a delivery."""

    id: str
    act: Literal["pause", "resume", "cancel"]


class All(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters."""


@operation("exchange.transfer")
def transfer(given: Begin) -> dict[str, Any]:
    """Fetch a file in the background."""
    return shown(transfers.begin(**msgspec.structs.asdict(given)))


@operation("exchange.transfer-act")
def transfer_act(given: Act) -> dict[str, Any]:
    """Pause, resume or cancel a delivery."""
    return shown(transfers.act(identifier=given.id, act=given.act))


@operation("exchange.transfers")
def listed(_: All) -> list[dict[str, Any]]:
    """Bulk deliveries, the latest first; ``file`` is where a finished one lies."""
    return [shown(row) for row in queries.transfers()[:LISTED]]


def shown(row: Any) -> dict[str, Any]:
    """A delivery as scripts see it."""
    names = ("id", "state", "provider", "service", "path", "tag", "size", "sha256", "error", "failures")
    file = str(fetching.whole_file(row.id)) if row.state == "done" else ""
    return {name: getattr(row, name) for name in names} | {"received": fetching.received(row.id), "file": file}
