"""Registers the doors, the operation and the panel."""

from __future__ import annotations

from twincity.apps.xroad import api, operations, panels

__all__ = ["api", "operations", "panels"]
