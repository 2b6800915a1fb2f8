"""Writes of the exchange: agreements through their life, grants compiled from them, records and their proofs."""

from __future__ import annotations

from twincity.engines.exchange.services.agreements import (
    ask,
    decide,
    mark_told,
    receive_decision,
    receive_request,
    show,
    terms_of,
)
from twincity.engines.exchange.services.grants import add_grants, reload_grants, reload_systems
from twincity.engines.exchange.services.names import give_name, take_name
from twincity.engines.exchange.services.records import collect, index_records, prove, recent_nonces, record_act

__all__ = [
    "add_grants",
    "ask",
    "collect",
    "decide",
    "give_name",
    "index_records",
    "mark_told",
    "prove",
    "receive_decision",
    "receive_request",
    "recent_nonces",
    "record_act",
    "reload_grants",
    "reload_systems",
    "show",
    "take_name",
    "terms_of",
]
