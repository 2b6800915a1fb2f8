"""Administrative divisions of 重庆 and 四川 with their codes through time: the tables, and the way of a code to today.

Pure: no framework, no clock. ``divisions()`` reads the shipped tables once; ``Divisions`` takes any others.
"""

from __future__ import annotations

from twincity.apps.sharing.divisions.model import Basis, Change, Defect, Division, Kind, Level, Status
from twincity.apps.sharing.divisions.register import Divisions, divisions, resolve
from twincity.apps.sharing.divisions.resolution import Resolution, Step
from twincity.apps.sharing.divisions.tables import read_changes, read_divisions

__all__ = [
    "Basis",
    "Change",
    "Defect",
    "Division",
    "Divisions",
    "Kind",
    "Level",
    "Resolution",
    "Status",
    "Step",
    "divisions",
    "read_changes",
    "read_divisions",
    "resolve",
]
