"""Registers the exchange's doors, jobs, operations and protocol services."""

from __future__ import annotations

from twincity.engines.exchange import api, jobs, operations

__all__ = ["api", "jobs", "operations"]
