"""Registers the watch's jobs, operations and panel."""

from __future__ import annotations

from twincity.apps.watch import jobs, operations, panels

__all__ = ["jobs", "operations", "panels"]
