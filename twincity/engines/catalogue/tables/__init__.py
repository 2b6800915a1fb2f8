"""Parts of the pages: entries, standards, datasets, services and quality as tables and facts."""

from __future__ import annotations

from twincity.engines.catalogue.tables.contents import content_parts, distributions_table
from twincity.engines.catalogue.tables.entries import address, entries_table, provenance, territories, versions_table
from twincity.engines.catalogue.tables.facets import facets, hidden, parameters
from twincity.engines.catalogue.tables.labels import local
from twincity.engines.catalogue.tables.quality import failures_table, run_facts, scores_table, summary_facts
from twincity.engines.catalogue.tables.subscriptions import notices_table, search_address, subscribed

__all__ = [
    "address",
    "content_parts",
    "distributions_table",
    "entries_table",
    "facets",
    "failures_table",
    "hidden",
    "local",
    "notices_table",
    "parameters",
    "provenance",
    "run_facts",
    "scores_table",
    "search_address",
    "subscribed",
    "summary_facts",
    "territories",
    "versions_table",
]
