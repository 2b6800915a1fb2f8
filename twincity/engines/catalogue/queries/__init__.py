"""Reads of the catalogue. They work without any other node: every node holds the whole circle's entries."""

from __future__ import annotations

from twincity.engines.catalogue.queries.changes import ChangeRecord, changes, latest
from twincity.engines.catalogue.queries.drafts import draft, drafts, mapping, mapping_versions, mappings
from twincity.engines.catalogue.queries.entries import (
    EntryRecord,
    RunRecord,
    content,
    current_names,
    document_of,
    entry,
    in_force,
    known,
    latest_run,
    record,
    runs,
    services_for,
    services_of,
    standard_of,
    versions,
)
from twincity.engines.catalogue.queries.search import CHOICES, INDEX, Found, Order, Span, search
from twincity.engines.catalogue.queries.signoff import (
    SharedRecord,
    digest_of,
    endorsements_at,
    own_word,
    shared_standards,
    sign_off_of,
)
from twincity.engines.catalogue.queries.standards import published_versions, same_name, standards
from twincity.engines.catalogue.queries.subscriptions import notices, subscriptions, unread

__all__ = [
    "CHOICES",
    "INDEX",
    "ChangeRecord",
    "EntryRecord",
    "Found",
    "Order",
    "RunRecord",
    "SharedRecord",
    "Span",
    "changes",
    "content",
    "current_names",
    "digest_of",
    "document_of",
    "draft",
    "drafts",
    "endorsements_at",
    "entry",
    "in_force",
    "known",
    "latest",
    "latest_run",
    "mapping",
    "mapping_versions",
    "mappings",
    "notices",
    "own_word",
    "published_versions",
    "record",
    "runs",
    "same_name",
    "search",
    "services_for",
    "services_of",
    "shared_standards",
    "sign_off_of",
    "standard_of",
    "standards",
    "subscriptions",
    "unread",
    "versions",
]
