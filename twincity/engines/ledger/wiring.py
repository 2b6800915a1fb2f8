"""Registers the ledger's doors, jobs and panel."""

from __future__ import annotations

from twincity.engines.ledger import api, jobs, panels

__all__ = ["api", "jobs", "panels"]
