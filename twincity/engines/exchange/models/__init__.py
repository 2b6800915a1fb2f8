"""Tables of the exchange, a file for each subject."""

from __future__ import annotations

from twincity.engines.exchange.models.agreements import Agreement
from twincity.engines.exchange.models.asks import ConsentAsk, Obligation, ReceivedAsk
from twincity.engines.exchange.models.consents import Consent, ConsentDelivery, DataAgreementRow
from twincity.engines.exchange.models.delivery import InboxLane, InboxMessage, OutboxMessage
from twincity.engines.exchange.models.exchanges import ExchangeRow
from twincity.engines.exchange.models.grants import GrantRow
from twincity.engines.exchange.models.links import AccessSeen, Link, LinkCode, Linked
from twincity.engines.exchange.models.names import OutsideNameRow
from twincity.engines.exchange.models.rooms import Following, Room, RoomEvent, Subscriber
from twincity.engines.exchange.models.transfers import Transfer

__all__ = [
    "AccessSeen",
    "Agreement",
    "Consent",
    "ConsentAsk",
    "ConsentDelivery",
    "DataAgreementRow",
    "ExchangeRow",
    "Following",
    "GrantRow",
    "InboxLane",
    "InboxMessage",
    "Link",
    "LinkCode",
    "Linked",
    "Obligation",
    "OutboxMessage",
    "OutsideNameRow",
    "ReceivedAsk",
    "Room",
    "RoomEvent",
    "Subscriber",
    "Transfer",
]
