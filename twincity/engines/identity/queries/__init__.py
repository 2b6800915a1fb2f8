"""Reads of identity, as plain structs."""

from __future__ import annotations

from twincity.engines.identity.queries.accounts import (
    AccountRecord,
    PartyRecord,
    SystemRecord,
    account,
    account_record,
    accounts,
    party,
    party_record,
    persons,
    role_labels,
    systems,
    terms,
)
from twincity.engines.identity.queries.history import sign_ins
from twincity.engines.identity.queries.mandates import (
    ActRecord,
    MandateRecord,
    acts,
    agents_of,
    given,
    ground,
    held_by,
    is_own,
    mandates,
    principals,
    received,
    record,
    rule_form,
)

__all__ = [
    "AccountRecord",
    "ActRecord",
    "MandateRecord",
    "PartyRecord",
    "SystemRecord",
    "account",
    "account_record",
    "accounts",
    "acts",
    "agents_of",
    "given",
    "ground",
    "held_by",
    "is_own",
    "mandates",
    "party",
    "party_record",
    "persons",
    "principals",
    "received",
    "record",
    "role_labels",
    "rule_form",
    "sign_ins",
    "systems",
    "terms",
]
