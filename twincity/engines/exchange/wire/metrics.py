"""Counters of the exchange, in OpenMetrics names."""

from __future__ import annotations

from twincity.kernel.metrics import REGISTRY

CALLS = REGISTRY.counter(
    "twincity_exchanges", "Calls by side, service and outcome", labels=("side", "service", "outcome")
)
SECONDS = REGISTRY.histogram(
    "twincity_exchange_seconds",
    "Time of a call on this side",
    labels=("side",),
    unit="seconds",
    bounds=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.5),
)

BACKLOG = REGISTRY.gauge(
    "twincity_delivery_backlog", "Messages that wait to be delivered, by partner", labels=("member",)
)


def call(side: str, service: str, outcome: str, seconds: float) -> None:
    """Count one call and its time."""
    CALLS.labels(side, service, outcome).inc()
    SECONDS.labels(side).observe(seconds)
