"""Exchange: services, grants, and the calls between nodes with their evidence."""

from __future__ import annotations

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """One core for every face: tc1 now, others thin over it."""

    name = "twincity.engines.exchange"
    label = "exchange"
    default = True
