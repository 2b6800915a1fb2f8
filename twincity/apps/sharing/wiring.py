"""Registers the service over the base data, and the operations of its steward."""

from __future__ import annotations

from twincity.apps.sharing import api, jobs, operations, panels

__all__ = ["api", "jobs", "operations", "panels"]
