"""Reads of a log for people: what it says of itself, what stands in it, and whether its files bear that out."""

from __future__ import annotations

from twincity.engines.ledger.queries.records import Entry, entries, entry, proof
from twincity.engines.ledger.queries.standing import LogView, Vouched, overview
from twincity.engines.ledger.queries.verify import Verdict, verify

__all__ = ["Entry", "LogView", "Verdict", "Vouched", "entries", "entry", "overview", "proof", "verify"]
