"""Registers the exchange's doors, jobs, operations and the services of the protocol."""

from __future__ import annotations

from twincity.engines.exchange import api, jobs, operations
from twincity.engines.exchange.wire import protocol

__all__ = ["api", "jobs", "operations", "protocol"]
