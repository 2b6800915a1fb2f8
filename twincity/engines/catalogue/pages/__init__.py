"""The catalogue for people: everyone reads what is published; a steward drafts, signs and maps."""

from __future__ import annotations

from twincity.engines.catalogue.pages import comparing, drafts, mappings, parts, standards
from twincity.engines.catalogue.pages.browse import entries, entry, own

__all__ = ["comparing", "drafts", "entries", "entry", "mappings", "own", "parts", "standards"]
