"""A published document, and one that withdraws another."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from twincity.kernel.locale_text import LocalText

Kind = Literal["standard", "dataset", "service", "duty-list"]
TYPES: dict[str, Kind] = {
    "tc-standard+jwt": "standard",
    "tc-dataset+jwt": "dataset",
    "tc-service+jwt": "service",
    "tc-duty-list+jwt": "duty-list",
}
"""Types of signed documents (JWS ``typ``), each with the kind of thing that it describes."""
WITHDRAWAL = "tc-withdrawal+jwt"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a standard, dataset or service as its owner published it.

    Attributes:
        at: when it was signed, seconds since 1970.
        body: what the kind adds to name, version and title, as JSON.
    """

    kind: Kind
    owner: str
    name: str
    version: str
    title: LocalText
    at: int
    body: dict[str, Any]

    @property
    def identifier(self) -> str:
        """The URI that names this version everywhere."""
        return identifier_of(self.owner, self.kind, self.name, self.version)


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """The owner's word that a document no longer holds."""

    owner: str
    identifier: str
    reason: LocalText
    at: int


def identifier_of(owner: str, kind: Kind, name: str, version: str) -> str:
    """``https://OWNER/KIND/NAME/VERSION``; the owner's node leads from there to the entry."""
    return f"https://{owner}/{kind}/{name}/{version}"
