"""Writes of the exchange: agreements through their life, grants compiled from them, records and their proofs."""

from __future__ import annotations

from twincity.engines.exchange.services import simulating
from twincity.engines.exchange.services.accesses import answer as answer_accesses
from twincity.engines.exchange.services.accesses import refresh as refresh_accesses
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
from twincity.engines.exchange.services.asks import ask as ask_consent
from twincity.engines.exchange.services.asks import decline as decline_ask
from twincity.engines.exchange.services.asks import hand_out as hand_out_ask
from twincity.engines.exchange.services.asks import take_up as take_up_ask
from twincity.engines.exchange.services.concluding import (
    conclude,
    read_decision,
    read_request,
    sign_decision,
    sign_request,
)
from twincity.engines.exchange.services.consents import (
    People,
    acknowledge,
    document_of,
    not_acknowledged,
    open_obligations,
    settle_obligation,
)
from twincity.engines.exchange.services.consents import explain as explain_consent
from twincity.engines.exchange.services.consents import give as give_consent
from twincity.engines.exchange.services.consents import receive as receive_consent
from twincity.engines.exchange.services.consents import withdraw as withdraw_consent
from twincity.engines.exchange.services.data_agreements import propose, take_in
from twincity.engines.exchange.services.data_agreements import receive as receive_data_agreement
from twincity.engines.exchange.services.grants import add_grants, reload_grants, reload_systems
from twincity.engines.exchange.services.links import HOURS as CODE_HOURS
from twincity.engines.exchange.services.links import accept as accept_link
from twincity.engines.exchange.services.links import issue_code, link
from twincity.engines.exchange.services.names import give_name, take_name
from twincity.engines.exchange.services.records import collect, index_records, prove, recent_nonces, record_act
from twincity.engines.exchange.services.telling import teller

__all__ = [
    "CODE_HOURS",
    "People",
    "accept_link",
    "acknowledge",
    "add_grants",
    "answer_accesses",
    "ask",
    "ask_consent",
    "collect",
    "conclude",
    "decide",
    "decline_ask",
    "document_of",
    "end_expired",
    "explain_consent",
    "give_consent",
    "give_name",
    "hand_out_ask",
    "index_records",
    "issue_code",
    "link",
    "mark_told",
    "not_acknowledged",
    "open_obligations",
    "propose",
    "prove",
    "read_decision",
    "read_request",
    "receive_consent",
    "receive_data_agreement",
    "receive_decision",
    "receive_request",
    "recent_nonces",
    "record_act",
    "refresh_accesses",
    "reload_grants",
    "reload_systems",
    "settle_obligation",
    "show",
    "sign_decision",
    "sign_request",
    "simulating",
    "take_in",
    "take_name",
    "take_up_ask",
    "teller",
    "terms_of",
    "withdraw_consent",
]
