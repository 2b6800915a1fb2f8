"""Bodies of the protocol's calls about consent."""

from __future__ import annotations

import msgspec

from twincity.engines.exchange.evidence.bundle import Proven

CONSENTS = "tc.consents"
ACCESSES = "tc.accesses"


class LinkCode(msgspec.Struct, forbid_unknown_fields=True):
    """The code a provider has handed to a person, and the pseudonym the home node will speak of that person by."""

    code: str
    person: str


class Signed(msgspec.Struct, forbid_unknown_fields=True):
    """A consent in its present state; ``person`` is the pseudonym of the link, for the provider alone."""

    document: str
    person: str = ""
    ask: str = ""
    """For the recipient that asked: the code of its request."""


class AskCode(msgspec.Struct, forbid_unknown_fields=True):
    """The code of a request for consent."""

    code: str


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """Accesses to a person's data, from a place in the ledger on."""

    person: str
    after: int = -1


class Accesses(msgspec.Struct, forbid_unknown_fields=True):
    """Records with their proofs in the order of the ledger, and whether there are more."""

    records: list[Proven]
    more: bool
