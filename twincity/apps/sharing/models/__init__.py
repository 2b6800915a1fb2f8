"""Tables of the app: base data, and the datasets and services that a steward registers without code."""

from __future__ import annotations

from twincity.apps.sharing.models.divisions import Division, DivisionChange
from twincity.apps.sharing.models.sources import Source, SourceVersion
from twincity.apps.sharing.models.systems import SystemService

__all__ = ["Division", "DivisionChange", "Source", "SourceVersion", "SystemService"]
