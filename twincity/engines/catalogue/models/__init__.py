"""Tables of the catalogue: what the whole circle publishes, how good own data was, and standards in the making."""

from __future__ import annotations

from twincity.engines.catalogue.models.drafts import Draft, Endorsement, Mapping, Stance
from twincity.engines.catalogue.models.entries import Entry, Kind
from twincity.engines.catalogue.models.index import Act, Change, Indexed
from twincity.engines.catalogue.models.quality import QualityRun
from twincity.engines.catalogue.models.subscriptions import Notice, Subscription

__all__ = [
    "Act",
    "Change",
    "Draft",
    "Endorsement",
    "Entry",
    "Indexed",
    "Kind",
    "Mapping",
    "Notice",
    "QualityRun",
    "Stance",
    "Subscription",
]
