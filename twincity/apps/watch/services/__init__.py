"""Writes of the watch: alerts, limits, exports."""

from __future__ import annotations

from twincity.apps.watch.services.alerts import reconcile, set_limits, take
from twincity.apps.watch.services.exports import ask, cancel, collect_next, expire

__all__ = ["ask", "cancel", "collect_next", "expire", "reconcile", "set_limits", "take"]
