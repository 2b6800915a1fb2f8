"""Reads of the catalogue. They work without any other node: every node holds the whole circle's entries."""

from __future__ import annotations

from twincity.engines.catalogue.queries.drafts import draft, drafts, mapping, mapping_versions, mappings
from twincity.engines.catalogue.queries.entries import (
    MAX_QUERY_TERMS,
    EntryRecord,
    content,
    entry,
    facets,
    in_force,
    known,
    latest_run,
    record,
    search,
    services_of,
    standard_of,
    versions,
)
from twincity.engines.catalogue.queries.signoff import (
    SharedRecord,
    digest_of,
    endorsements_at,
    own_word,
    shared_standards,
    sign_off_of,
)
from twincity.engines.catalogue.queries.standards import published_versions, same_name, standards

__all__ = [
    "MAX_QUERY_TERMS",
    "EntryRecord",
    "SharedRecord",
    "content",
    "digest_of",
    "draft",
    "drafts",
    "endorsements_at",
    "entry",
    "facets",
    "in_force",
    "known",
    "latest_run",
    "mapping",
    "mapping_versions",
    "mappings",
    "own_word",
    "published_versions",
    "record",
    "same_name",
    "search",
    "services_of",
    "shared_standards",
    "sign_off_of",
    "standard_of",
    "standards",
    "versions",
]
