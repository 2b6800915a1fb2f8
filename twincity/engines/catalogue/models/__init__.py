"""Tables of the catalogue: what the whole circle publishes, how good own data was, and standards in the making."""

from __future__ import annotations

from twincity.engines.catalogue.models.drafts import Draft, Endorsement, Mapping, Stance
from twincity.engines.catalogue.models.entries import Entry, Kind, QualityRun

__all__ = ["Draft", "Endorsement", "Entry", "Kind", "Mapping", "QualityRun", "Stance"]
