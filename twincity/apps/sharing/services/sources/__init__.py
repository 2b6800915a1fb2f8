"""Writes of registered sources: taking in deliveries, registering, checking and publishing them."""

from __future__ import annotations

from twincity.apps.sharing.services.sources.drafts import Draft, draft_of_file, draft_of_table, draft_of_upload, find
from twincity.apps.sharing.services.sources.mapping import begin_mapping
from twincity.apps.sharing.services.sources.publishing import Outcome, lineage, publish_source
from twincity.apps.sharing.services.sources.registering import Registration, deliver, register
from twincity.apps.sharing.services.sources.runs import Run, cancel, current, start

__all__ = [
    "Draft",
    "Outcome",
    "Registration",
    "Run",
    "begin_mapping",
    "cancel",
    "current",
    "deliver",
    "draft_of_file",
    "draft_of_table",
    "draft_of_upload",
    "find",
    "lineage",
    "publish_source",
    "register",
    "start",
]
