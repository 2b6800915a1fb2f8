"""Registers the circle's doors, jobs, operations and panel."""

from __future__ import annotations

from twincity.engines.circle import api, jobs, operations, panels

__all__ = ["api", "jobs", "operations", "panels"]
