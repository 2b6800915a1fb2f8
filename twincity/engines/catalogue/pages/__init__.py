"""The catalogue for people: everyone reads what is published; a steward drafts, signs and maps; anyone subscribes."""

from __future__ import annotations

from twincity.engines.catalogue.pages import comparing, drafts, mappings, parts, standards
from twincity.engines.catalogue.pages.entries import entries, entry, own
from twincity.engines.catalogue.pages.subscriptions import inbox, read_all, subscribe, unsubscribe

__all__ = [
    "comparing",
    "drafts",
    "entries",
    "entry",
    "inbox",
    "mappings",
    "own",
    "parts",
    "read_all",
    "standards",
    "subscribe",
    "unsubscribe",
]
