"""Reads of the exchange."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db.models import Max, QuerySet

from twincity.engines.exchange import rules
from twincity.engines.exchange.models import Agreement, ExchangeRow, GrantRow


def grants() -> list[rules.Grant]:
    """All grants in force."""
    bodies = GrantRow.objects.filter(active=True).order_by("id").values_list("body", flat=True)
    return [msgspec.convert(body, rules.Grant) for body in bodies.iterator(chunk_size=2000)]


def indexed() -> int:
    """Number of ledger records that the index already covers."""
    last = ExchangeRow.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


def exchanges(
    *, since: datetime | None = None, peer: str = "", case: str = "", message: str = ""
) -> QuerySet[ExchangeRow]:
    """Exchanges, latest first."""
    rows = ExchangeRow.objects.exclude(side="")
    if since is not None:
        rows = rows.filter(at__gte=since)
    chosen = {"peer": peer, "case": case, "message": message}
    return rows.filter(**{name: value for name, value in chosen.items() if value})


def agreements(*, state: str = "") -> QuerySet[Agreement]:
    """Agreements of this node, as provider and as consumer, latest first."""
    return Agreement.objects.filter(state=state) if state else Agreement.objects.all()


class Untold(msgspec.Struct, frozen=True):
    """A document that the other side has not acknowledged: agreement, who must get it, where, and the document."""

    agreement: str
    peer: str
    path: str
    token: str


def untold(limit: int = 50) -> list[Untold]:
    """Requests and decisions still to be delivered."""
    found = Agreement.objects.filter(told=False)[:limit]
    return [
        Untold(each.id, each.consumer, "/decisions", each.decision)
        if each.decision
        else Untold(each.id, each.provider, "/requests", each.request)
        for each in found
    ]


def record_index(message: str, side: str) -> int | None:
    """Place in the ledger of one side's record of an exchange."""
    row = ExchangeRow.objects.filter(message=message, side=side).order_by("index").first()
    return row.index if row else None
