"""Pages of the catalogue: search and entries for everyone, subscriptions for those signed in."""

from __future__ import annotations

from twincity.engines.catalogue.pages.entries import entries, entry, own
from twincity.engines.catalogue.pages.subscriptions import inbox, read_all, subscribe, unsubscribe

__all__ = ["entries", "entry", "inbox", "own", "read_all", "subscribe", "unsubscribe"]
