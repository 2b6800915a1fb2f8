"""What a steward does with base data and with registered sources, by command line or script."""

from __future__ import annotations

from twincity.apps.sharing.operations import divisions, sources, systems

__all__ = ["divisions", "sources", "systems"]
