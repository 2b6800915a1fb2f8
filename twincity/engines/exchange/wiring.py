"""Registers the exchange's doors, jobs, operations, protocol services and panel."""

from __future__ import annotations

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import api, jobs, operations, panels, services
from twincity.engines.exchange.consent.documents import DATA_AGREEMENT

__all__ = ["api", "jobs", "operations", "panels"]

circle.on_entry(DATA_AGREEMENT, services.receive_data_agreement)
