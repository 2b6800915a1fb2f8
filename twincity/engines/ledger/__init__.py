"""Ledger: the node's transparency logs, their witnesses and proofs."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Engine without tables: a log is a folder of files that anyone can check."""

    name = "twincity.engines.ledger"
    label = "ledger"
    default = True
