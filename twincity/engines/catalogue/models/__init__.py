"""Tables of the catalogue."""

from __future__ import annotations

from twincity.engines.catalogue.models.entries import Entry, Kind
from twincity.engines.catalogue.models.index import Act, Change, Indexed
from twincity.engines.catalogue.models.quality import QualityRun

__all__ = ["Act", "Change", "Entry", "Indexed", "Kind", "QualityRun"]
