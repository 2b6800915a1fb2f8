"""Writes of the exchange: agreements through their life, grants compiled from them, records and their proofs."""

from __future__ import annotations

from twincity.engines.exchange.services import simulating
from twincity.engines.exchange.services.agreements import (
    ask,
    decide,
    end_expired,
    mark_told,
    receive_decision,
    receive_request,
    show,
    terms_of,
)
from twincity.engines.exchange.services.concluding import (
    conclude,
    read_decision,
    read_request,
    sign_decision,
    sign_request,
)
from twincity.engines.exchange.services.grants import add_grants, reload_grants, reload_systems
from twincity.engines.exchange.services.records import collect, index_records, prove, recent_nonces

__all__ = [
    "add_grants",
    "ask",
    "collect",
    "conclude",
    "decide",
    "end_expired",
    "index_records",
    "mark_told",
    "prove",
    "read_decision",
    "read_request",
    "receive_decision",
    "receive_request",
    "recent_nonces",
    "reload_grants",
    "reload_systems",
    "show",
    "sign_decision",
    "sign_request",
    "simulating",
    "terms_of",
]
