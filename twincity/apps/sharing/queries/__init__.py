"""Reads of the app: base data here, registered sources in ``queries.sources``."""

from __future__ import annotations

from twincity.apps.sharing.queries.divisions import Snapshot, changes, held, listed, outdate, snapshot, units

__all__ = ["Snapshot", "changes", "held", "listed", "outdate", "snapshot", "units"]
