"""Tables of the exchange: agreements, their grants, names for others, an index over the ledger's records."""

from twincity.engines.exchange.models.agreements import Agreement
from twincity.engines.exchange.models.exchanges import ExchangeRow
from twincity.engines.exchange.models.grants import GrantRow
from twincity.engines.exchange.models.names import OutsideNameRow

__all__ = ["Agreement", "ExchangeRow", "GrantRow", "OutsideNameRow"]
