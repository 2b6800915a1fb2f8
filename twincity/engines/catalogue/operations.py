"""What a steward does with the catalogue by command line or script."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from twincity.engines.catalogue import facade
from twincity.kernel.locale_text import LocalText
from twincity.kernel.operations import operation


class Search(msgspec.Struct, forbid_unknown_fields=True):
    """Words, and whose entries of which kind; all may be left out."""

    text: str = ""
    kind: str = ""
    owner: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50


class Withdraw(msgspec.Struct, forbid_unknown_fields=True):
    """An entry of this node and why it no longer holds."""

    identifier: str
    zh: str
    en: str


@operation("catalogue.search")
def search(given: Search) -> list[dict[str, Any]]:
    """Search what the whole circle publishes, from this node's own copy."""
    facade.take_in()
    found = facade.search(text=given.text, kind=given.kind, owner=given.owner, limit=given.limit)
    return [msgspec.to_builtins(each) for each in found]


@operation("catalogue.withdraw")
def withdraw(given: Withdraw) -> dict[str, Any]:
    """Withdraw a standard, dataset or service that this node has published."""
    found = facade.withdraw(identifier=given.identifier, reason=LocalText(zh=given.zh, en=given.en))
    return msgspec.to_builtins(found)
