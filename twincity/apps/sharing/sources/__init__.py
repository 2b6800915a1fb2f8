"""What registering data without code rests on: names, mappings, rhythms, licences, parameters. Pure."""

from __future__ import annotations

from twincity.apps.sharing.sources.licences import LICENCES, Licence
from twincity.apps.sharing.sources.mapping import draft_standard, match
from twincity.apps.sharing.sources.rhythm import due, late

__all__ = ["LICENCES", "Licence", "draft_standard", "due", "late", "match"]
