"""Django's name for this engine; apart from the package, so that the offline verifier needs no Django."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Engine without tables: a log is a folder of files that anyone can check."""

    name = "twincity.engines.ledger"
    label = "ledger"
    default = True
