"""Registers the exchange's doors, jobs, operations, protocol services and panel."""

from __future__ import annotations

from twincity.engines.exchange import api, jobs, operations, panels

__all__ = ["api", "jobs", "operations", "panels"]
