"""Tables of the catalogue."""

from __future__ import annotations

from twincity.engines.catalogue.models.entries import Entry, Kind
from twincity.engines.catalogue.models.index import Act, Change, Indexed
from twincity.engines.catalogue.models.quality import QualityRun
from twincity.engines.catalogue.models.subscriptions import Notice, Subscription

__all__ = ["Act", "Change", "Entry", "Indexed", "Kind", "Notice", "QualityRun", "Subscription"]
