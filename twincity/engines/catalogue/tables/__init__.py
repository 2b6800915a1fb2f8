"""Parts of the pages: entries, standards, datasets, services and quality as tables and facts."""

from __future__ import annotations

from twincity.engines.catalogue.tables.contents import content_parts, distributions_table
from twincity.engines.catalogue.tables.differences import EXPORTED, difference_rows, differences_table
from twincity.engines.catalogue.tables.documents import field_facts, whole_fields, whole_rules
from twincity.engines.catalogue.tables.drafts import (
    advice_lines,
    draft_facts,
    draft_fields,
    draft_lists,
    draft_rules,
    drafts_table,
    faults_table,
)
from twincity.engines.catalogue.tables.entries import (
    address,
    entries_table,
    provenance,
    publisher,
    territories,
    versions_table,
)
from twincity.engines.catalogue.tables.facets import facets, hidden, parameters
from twincity.engines.catalogue.tables.labels import local
from twincity.engines.catalogue.tables.mappings import (
    broken_rules,
    examples_table,
    mapped_fields,
    mapping_facts,
    mappings_table,
    troubles_table,
    versions_ahead,
)
from twincity.engines.catalogue.tables.quality import failures_table, run_facts, scores_table, summary_facts
from twincity.engines.catalogue.tables.signoff import shared_table, sign_off_facts, sign_off_pill, words_table
from twincity.engines.catalogue.tables.subscriptions import notices_table, search_address, subscribed

__all__ = [
    "EXPORTED",
    "address",
    "advice_lines",
    "broken_rules",
    "content_parts",
    "difference_rows",
    "differences_table",
    "distributions_table",
    "draft_facts",
    "draft_fields",
    "draft_lists",
    "draft_rules",
    "drafts_table",
    "entries_table",
    "examples_table",
    "facets",
    "failures_table",
    "faults_table",
    "field_facts",
    "hidden",
    "local",
    "mapped_fields",
    "mapping_facts",
    "mappings_table",
    "notices_table",
    "parameters",
    "provenance",
    "publisher",
    "run_facts",
    "scores_table",
    "search_address",
    "shared_table",
    "sign_off_facts",
    "sign_off_pill",
    "subscribed",
    "summary_facts",
    "territories",
    "troubles_table",
    "versions_ahead",
    "versions_table",
    "whole_fields",
    "whole_rules",
    "words_table",
]
