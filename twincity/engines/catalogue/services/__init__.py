"""Writes of the catalogue: publishing and withdrawing, taking in what members publish, judging own data."""

from __future__ import annotations

from twincity.engines.catalogue.services import distributions
from twincity.engines.catalogue.services.drafting import CHANGED as DRAFT_CHANGED
from twincity.engines.catalogue.services.drafting import (
    begin_draft,
    change_draft,
    delete_draft,
    publish_checked,
    publish_draft,
    standard_of_draft,
    version_advice,
)
from twincity.engines.catalogue.services.harvesting import Form, Harvested, harvest
from twincity.engines.catalogue.services.intake import receive, take_in
from twincity.engines.catalogue.services.mapping import (
    delete_mapping,
    mapped_standard,
    row_function,
    save_mapping,
    saved_mapping,
    try_mapping,
)
from twincity.engines.catalogue.services.publishing import (
    publish_dataset,
    publish_datasets,
    publish_duties,
    publish_service,
    publish_standard,
    withdraw,
)
from twincity.engines.catalogue.services.quality import check_quality, check_table
from twincity.engines.catalogue.services.signoff import (
    endorse,
    receive_endorsement,
    refuse,
    take_in_endorsements,
    withdraw_endorsement,
)
from twincity.engines.catalogue.services.subscribing import mark_read, notify, subscribe, unsubscribe
from twincity.engines.catalogue.services.uploads import inferred, published_standard, read_table

__all__ = [
    "DRAFT_CHANGED",
    "Form",
    "Harvested",
    "begin_draft",
    "change_draft",
    "check_quality",
    "check_table",
    "delete_draft",
    "delete_mapping",
    "distributions",
    "endorse",
    "harvest",
    "inferred",
    "mapped_standard",
    "mark_read",
    "notify",
    "publish_checked",
    "publish_dataset",
    "publish_datasets",
    "publish_draft",
    "publish_duties",
    "publish_service",
    "publish_standard",
    "published_standard",
    "read_table",
    "receive",
    "receive_endorsement",
    "refuse",
    "row_function",
    "save_mapping",
    "saved_mapping",
    "standard_of_draft",
    "subscribe",
    "take_in",
    "take_in_endorsements",
    "try_mapping",
    "unsubscribe",
    "version_advice",
    "withdraw",
    "withdraw_endorsement",
]
