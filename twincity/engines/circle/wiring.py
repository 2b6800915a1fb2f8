"""Registers the circle's doors, jobs and operations."""

from __future__ import annotations

from twincity.engines.circle import api, jobs, operations

__all__ = ["api", "jobs", "operations"]
