"""Reads of the catalogue. They work without any other node: every node holds the whole circle's entries."""

from __future__ import annotations

from twincity.engines.catalogue.queries.changes import ChangeRecord, changes, latest
from twincity.engines.catalogue.queries.entries import (
    EntryRecord,
    content,
    document_of,
    entry,
    in_force,
    known,
    latest_run,
    record,
    services_of,
    standard_of,
    versions,
)
from twincity.engines.catalogue.queries.search import CHOICES, INDEX, Found, search
from twincity.engines.catalogue.queries.subscriptions import notices, subscriptions, unread

__all__ = [
    "CHOICES",
    "INDEX",
    "ChangeRecord",
    "EntryRecord",
    "Found",
    "changes",
    "content",
    "document_of",
    "entry",
    "in_force",
    "known",
    "latest",
    "latest_run",
    "notices",
    "record",
    "search",
    "services_of",
    "standard_of",
    "subscriptions",
    "unread",
    "versions",
]
