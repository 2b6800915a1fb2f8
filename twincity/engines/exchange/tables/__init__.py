"""Parts of the exchange's pages."""

from __future__ import annotations

from twincity.engines.exchange.tables.access import SEE, SIGN, may_see, may_sign
from twincity.engines.exchange.tables.agreements import (
    READERS,
    agreement_facts,
    agreements_table,
    documents,
    history,
    narrowed,
    process,
    readable,
    state_words,
    states,
)
from twincity.engines.exchange.tables.exchanges import (
    checks_table,
    exchange_facts,
    exchanges_table,
    ledger_facts,
    recent_table,
    signed_parts,
    turned_table,
)
from twincity.engines.exchange.tables.grants import steps_table
from twincity.engines.exchange.tables.simulations import side_table
from twincity.engines.exchange.tables.words import outcome_words, title

__all__ = [
    "READERS",
    "SEE",
    "SIGN",
    "agreement_facts",
    "agreements_table",
    "checks_table",
    "documents",
    "exchange_facts",
    "exchanges_table",
    "history",
    "ledger_facts",
    "may_see",
    "may_sign",
    "narrowed",
    "outcome_words",
    "process",
    "readable",
    "recent_table",
    "side_table",
    "signed_parts",
    "state_words",
    "states",
    "steps_table",
    "title",
    "turned_table",
]
