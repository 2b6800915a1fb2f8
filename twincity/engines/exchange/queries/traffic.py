"""How exchanges go: by partner over a span of time, and over time in equal steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncHour, TruncMinute

from twincity.engines.exchange.models import ExchangeRow
from twincity.engines.exchange.queries import PROTOCOL, SILENCE

SAMPLE = 500
"""Latest exchanges with a partner from which its times are taken."""
Step = Literal["minute", "hour", "day"]
_STEPS = {"minute": TruncMinute, "hour": TruncHour, "day": TruncDay}
_CLASSES = {
    "calls": Count("index"),
    "ok": Count("index", filter=Q(outcome="ok")),
    "silent": Count("index", filter=Q(outcome__in=SILENCE)),
}


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Exchanges with one partner on one side; times in milliseconds, ``last`` since 1970, sizes in bytes."""

    peer: str
    side: str
    calls: int
    ok: int
    refused: int
    """A problem was answered."""
    silent: int
    """No whole answer came."""
    size: int
    last: int
    median: float
    p95: float


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """All exchanges of one step; ``at`` is its beginning."""

    at: datetime
    ok: int
    refused: int
    silent: int


def traffic(since: datetime) -> list[Traffic]:
    """Exchanges since an instant by partner and side, the protocol's own left out; the busiest partner first."""
    rows: Any = _since(since).order_by().values("peer", "side")
    found = rows.annotate(**_CLASSES, size_=Sum("size"), last=Max("at")).order_by("-calls", "peer", "side")
    return [_traffic(row, since) for row in found]


def over_time(since: datetime, step: Step) -> list[Moment]:
    """Exchanges since an instant in equal steps, oldest first; steps without any are left out."""
    steps: Any = _since(since).order_by().annotate(step=_STEPS[step]("at")).values("step")
    rows = steps.annotate(**_CLASSES)
    return [
        Moment(at=row["step"], ok=row["ok"], refused=_refused(row), silent=row["silent"])
        for row in rows.order_by("step")
    ]


def _since(since: datetime) -> QuerySet[ExchangeRow]:
    return ExchangeRow.objects.exclude(side="").exclude(service__startswith=PROTOCOL).filter(at__gte=since)


def _refused(row: dict[str, Any]) -> int:
    return int(row["calls"] - row["ok"] - row["silent"])


def _traffic(row: dict[str, Any], since: datetime) -> Traffic:
    times = _times(row["peer"], row["side"], since)
    return Traffic(
        peer=row["peer"],
        side=row["side"],
        calls=row["calls"],
        ok=row["ok"],
        refused=_refused(row),
        silent=row["silent"],
        size=row["size_"],
        last=int(row["last"].timestamp() * 1000),
        median=times[len(times) // 2],
        p95=times[len(times) * 95 // 100],
    )


def _times(peer: str, side: str, since: datetime) -> list[float]:
    """Sorted times of the latest exchanges, in milliseconds; the rows exist, since they were counted."""
    rows = _since(since).filter(peer=peer, side=side).order_by("-at").values_list("micros", flat=True)[:SAMPLE]
    return sorted(micros / 1000 for micros in rows) or [0.0]
