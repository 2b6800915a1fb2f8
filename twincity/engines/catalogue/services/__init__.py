"""Writes of the catalogue: publishing and withdrawing, taking in what members publish, judging own data."""

from __future__ import annotations

from twincity.engines.catalogue.services.intake import receive, take_in
from twincity.engines.catalogue.services.publishing import (
    publish_dataset,
    publish_service,
    publish_standard,
    withdraw,
)
from twincity.engines.catalogue.services.quality import check_quality, check_table

__all__ = [
    "check_quality",
    "check_table",
    "publish_dataset",
    "publish_service",
    "publish_standard",
    "receive",
    "take_in",
    "withdraw",
]
