"""Registers the exchange's doors, jobs, operations, protocol services and panel."""

from __future__ import annotations

from twincity.engines.exchange import api, jobs, operations, panels
from twincity.engines.exchange.api import delivery, rooms
from twincity.engines.exchange.operations import delivery as letters
from twincity.engines.exchange.operations import rooms as managing

__all__ = ["api", "delivery", "jobs", "letters", "managing", "operations", "panels", "rooms"]
