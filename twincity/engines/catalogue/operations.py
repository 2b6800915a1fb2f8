"""What a steward does with the catalogue by command line or script."""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.engines.catalogue import facade
from twincity.kernel.locale_text import LocalText
from twincity.kernel.operations import operation
from twincity.kernel.problems import INVALID, Problem


class Search(msgspec.Struct, forbid_unknown_fields=True):
    """Words and choices, all of which may be left out; ``box`` is ``w,s,e,n`` in degrees."""

    text: str = ""
    kind: str = ""
    owner: str = ""
    theme: str = ""
    standard: str = ""
    licence: str = ""
    rhythm: str = ""
    format: str = ""
    grade: str = ""
    division: str = ""
    duty: str = ""
    box: str = ""
    start: int = 0
    limit: int = 50


class Withdraw(msgspec.Struct, forbid_unknown_fields=True):
    """An entry of this node and why it no longer holds."""

    identifier: str
    zh: str
    en: str


@operation("catalogue.search")
def search(given: Search) -> list[dict[str, Any]]:
    """Search what the whole circle publishes, from this node's own copy."""
    facade.take_in()
    try:
        found = facade.search(**msgspec.structs.asdict(given))
    except ValueError as error:
        raise Problem(INVALID, field="box", name="box", reason=str(error)) from error
    return [msgspec.to_builtins(each) for each in found]


@operation("catalogue.withdraw")
def withdraw(given: Withdraw) -> dict[str, Any]:
    """Withdraw a standard, dataset or service that this node has published."""
    found = facade.withdraw(identifier=given.identifier, reason=LocalText(zh=given.zh, en=given.en))
    return msgspec.to_builtins(found)
