"""Tables of the exchange: agreements, grants, an index over the ledger's records, consents and what they rest on."""

from __future__ import annotations

from twincity.engines.exchange.models.agreements import Agreement
from twincity.engines.exchange.models.asks import ConsentAsk, Obligation, ReceivedAsk
from twincity.engines.exchange.models.consents import Consent, ConsentDelivery, DataAgreementRow
from twincity.engines.exchange.models.exchanges import ExchangeRow
from twincity.engines.exchange.models.grants import GrantRow
from twincity.engines.exchange.models.links import AccessSeen, Link, LinkCode, Linked

__all__ = [
    "AccessSeen",
    "Agreement",
    "Consent",
    "ConsentAsk",
    "ConsentDelivery",
    "DataAgreementRow",
    "ExchangeRow",
    "GrantRow",
    "Link",
    "LinkCode",
    "Linked",
    "Obligation",
    "ReceivedAsk",
]
