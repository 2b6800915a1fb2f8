"""Duties to share data, and whether they are fulfilled. Pure, over what the catalogue says."""

from __future__ import annotations

from twincity.apps.sharing.duties.fulfilment import Judged, State, Tally, identifier, judge, tally
from twincity.apps.sharing.duties.shipped import Shipped, shipped

__all__ = ["Judged", "Shipped", "State", "Tally", "identifier", "judge", "shipped", "tally"]
