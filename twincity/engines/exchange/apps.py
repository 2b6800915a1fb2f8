"""Django's name for this engine; apart from the package, so that the offline verifier needs no Django."""

from __future__ import annotations

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """One core for every face: tc1 now, others thin over it."""

    name = "twincity.engines.exchange"
    label = "exchange"
    default = True
