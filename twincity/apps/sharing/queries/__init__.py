"""Reads of the app: base data and duties here, registered sources in ``queries.sources``."""

from __future__ import annotations

from twincity.apps.sharing.queries.divisions import Snapshot, changes, held, listed, outdate, snapshot, units
from twincity.apps.sharing.queries.duties import duty_lists, judged, offered, own_dataset, own_datasets, territories

__all__ = [
    "Snapshot",
    "changes",
    "duty_lists",
    "held",
    "judged",
    "listed",
    "offered",
    "outdate",
    "own_dataset",
    "own_datasets",
    "snapshot",
    "territories",
    "units",
]
