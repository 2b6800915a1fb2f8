"""Which exchanges an auditor asks for."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db.models import QuerySet

from twincity.engines.exchange.models import ExchangeRow
from twincity.engines.exchange.queries import exchanges


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an auditor looks into; whatever is empty does not narrow it."""

    case: str = ""
    peer: str = ""
    service: str = ""
    subject: str = ""
    """Pseudonym of the person whose data were asked for, as this node's ledger holds it."""
    since: datetime | None = None
    until: datetime | None = None


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One side's record of one exchange, as other units see it; ``micros`` is the time it took."""

    message: str
    side: str
    at: datetime
    peer: str
    service: str
    method: str
    path: str
    purpose: str
    system: str
    outcome: str
    case: str
    index: int
    micros: int


def in_scope(scope: Scope) -> QuerySet[ExchangeRow]:
    """Records within a scope, oldest first."""
    rows = exchanges(since=scope.since, peer=scope.peer, case=scope.case).order_by("index")
    rows = rows.filter(service=scope.service) if scope.service else rows
    rows = rows.filter(subject=scope.subject) if scope.subject else rows
    return rows.filter(at__lt=scope.until) if scope.until else rows


def exchange(row: ExchangeRow) -> Exchange:
    """The struct of a row."""
    return Exchange(**{name: getattr(row, name) for name in Exchange.__struct_fields__})
