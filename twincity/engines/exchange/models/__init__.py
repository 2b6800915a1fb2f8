"""Tables of the exchange: agreements, the grants compiled from them, and an index over the ledger's records."""

from twincity.engines.exchange.models.agreements import Agreement
from twincity.engines.exchange.models.delivery import InboxLane, InboxMessage, OutboxMessage
from twincity.engines.exchange.models.exchanges import ExchangeRow
from twincity.engines.exchange.models.grants import GrantRow
from twincity.engines.exchange.models.rooms import Following, Room, RoomEvent, Subscriber

__all__ = [
    "Agreement",
    "ExchangeRow",
    "Following",
    "GrantRow",
    "InboxLane",
    "InboxMessage",
    "OutboxMessage",
    "Room",
    "RoomEvent",
    "Subscriber",
]
