"""Writes of the catalogue: publishing and withdrawing, taking in what members publish, judging own data."""

from __future__ import annotations

from twincity.engines.catalogue.services import distributions
from twincity.engines.catalogue.services.harvesting import Form, Harvested, harvest
from twincity.engines.catalogue.services.intake import receive, take_in
from twincity.engines.catalogue.services.publishing import (
    publish_dataset,
    publish_datasets,
    publish_duties,
    publish_service,
    publish_standard,
    withdraw,
)
from twincity.engines.catalogue.services.quality import check_quality
from twincity.engines.catalogue.services.subscribing import mark_read, notify, subscribe, unsubscribe

__all__ = [
    "Form",
    "Harvested",
    "check_quality",
    "distributions",
    "harvest",
    "mark_read",
    "notify",
    "publish_dataset",
    "publish_datasets",
    "publish_duties",
    "publish_service",
    "publish_standard",
    "receive",
    "subscribe",
    "take_in",
    "unsubscribe",
    "withdraw",
]
