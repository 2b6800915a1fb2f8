"""Parts of the circle's pages: members, keys, the charter, entries not accepted, the picture."""

from __future__ import annotations

from twincity.engines.circle.tables.keys import all_keys_table, keys_table
from twincity.engines.circle.tables.members import charter_facts, ignored_table, member_facts, members_table, tally
from twincity.engines.circle.tables.picture import draw
from twincity.engines.circle.tables.words import local

__all__ = [
    "all_keys_table",
    "charter_facts",
    "draw",
    "ignored_table",
    "keys_table",
    "local",
    "member_facts",
    "members_table",
    "tally",
]
