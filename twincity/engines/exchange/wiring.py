"""Registers the exchange's doors, jobs, operations, protocol services and panel."""

from __future__ import annotations

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import api, jobs, operations, panels, services
from twincity.engines.exchange.api import consents, delivery, rooms
from twincity.engines.exchange.consent.documents import DATA_AGREEMENT
from twincity.engines.exchange.operations import delivery as letters
from twincity.engines.exchange.operations import names
from twincity.engines.exchange.operations import rooms as managing
from twincity.engines.exchange.operations import transfers as bulk

__all__ = [
    "api",
    "bulk",
    "consents",
    "delivery",
    "jobs",
    "letters",
    "managing",
    "names",
    "operations",
    "panels",
    "rooms",
]

circle.on_entry(DATA_AGREEMENT, services.receive_data_agreement)
