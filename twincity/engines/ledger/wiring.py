"""Registers the ledger's doors and jobs."""

from __future__ import annotations

from twincity.engines.ledger import api, jobs

__all__ = ["api", "jobs"]
