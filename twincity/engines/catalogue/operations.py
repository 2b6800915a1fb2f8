"""What a steward does with the catalogue by command line or script."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from django.conf import settings

from twincity.engines.catalogue import facade, queries, services
from twincity.engines.catalogue.documents import Dataset
from twincity.kernel.locale_text import LocalText
from twincity.kernel.operations import operation
from twincity.kernel.problems import INVALID, NOT_FOUND, UNAVAILABLE, Problem


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
    start: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50


class Withdraw(msgspec.Struct, forbid_unknown_fields=True):
    """An entry of this node and why it no longer holds."""

    identifier: str
    zh: str
    en: str


class Harvest(msgspec.Struct, forbid_unknown_fields=True):
    """Which outside catalogue to take over; see :func:`services.harvest`."""

    source: str
    form: services.Form
    address: str
    division: str = ""


class Listed(msgspec.Struct, forbid_unknown_fields=True):
    """Some distributions of a dataset."""

    identifier: str
    start: Annotated[int, msgspec.Meta(ge=0)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50


@operation("catalogue.harvest")
def harvest(given: Harvest) -> dict[str, Any]:
    """Take the datasets of an outside catalogue over into entries of this node, and withdraw what is gone there."""
    division = given.division or settings.CONFIG.division
    try:
        found = services.harvest(source=given.source, form=given.form, address=given.address, division=division)
    except OSError as error:
        raise Problem(INVALID, field="address", name="address", reason=str(error)) from error
    return msgspec.to_builtins(found)


@operation("catalogue.distributions")
def distributions(given: Listed) -> list[dict[str, Any]]:
    """The distributions of a dataset, fetched from its owner's node when they are not here yet."""
    entry = queries.entry(given.identifier)
    content = queries.content(entry) if entry else None
    if entry is None or not isinstance(content, Dataset):
        raise Problem(NOT_FOUND, field="identifier", what=given.identifier)
    try:
        found = services.distributions.page(entry.owner, content, given.start, given.limit)
    except OSError as error:
        raise Problem(UNAVAILABLE, reason=str(error)) from error
    return [msgspec.to_builtins(each) for each in found]


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
