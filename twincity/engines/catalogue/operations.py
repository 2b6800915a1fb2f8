"""What a steward does with the catalogue by command line or script."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from django.conf import settings

from twincity.engines.catalogue import facade, queries, services
from twincity.engines.catalogue.documents import Dataset
from twincity.engines.catalogue.rules import Standard, decode_standard, read_standard, validate_standard
from twincity.engines.catalogue.rules.mapping import read_mapping
from twincity.engines.catalogue.rules.tabular import read_csv
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


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters."""


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """A published version of a standard."""

    identifier: str


class Reasoned(msgspec.Struct, forbid_unknown_fields=True):
    """A published version of a standard, and a reason in both languages."""

    identifier: str
    zh: str
    en: str


class Publish(msgspec.Struct, forbid_unknown_fields=True):
    """A standard as JSON; ``draft`` keeps it for the pages of the steward of that name instead."""

    standard: dict[str, Any]
    draft: str = ""


class Compare(msgspec.Struct, forbid_unknown_fields=True):
    """Identifiers of two versions."""

    old: str
    new: str


class CheckMapping(msgspec.Struct, forbid_unknown_fields=True):
    """A table as CSV, and a saved mapping by name or a mapping as JSON; ``standard`` tries another version of it."""

    table: str
    name: str = ""
    mapping: dict[str, Any] | None = None
    standard: str = ""
    save: str = ""


@operation("catalogue.publish-standard")
def publish_standard(given: Publish) -> dict[str, Any]:
    """Publish a version of a standard, or keep it as a draft."""
    encoded = msgspec.json.encode(given.standard)
    if given.draft:
        made = services.begin_draft(standard=decode_standard(encoded), by=given.draft)
        return {"draft": made.pk, "faults": msgspec.to_builtins(validate_standard(services.standard_of_draft(made)))}
    return msgspec.to_builtins(facade.publish_version(standard=read_standard(encoded)))


@operation("catalogue.endorse")
def endorse(given: Named) -> dict[str, Any]:
    """Sign a version of a standard for the whole circle, as one of its anchors."""
    return msgspec.to_builtins(facade.endorse(identifier=given.identifier))


@operation("catalogue.refuse")
def refuse(given: Reasoned) -> dict[str, Any]:
    """Refuse a version that is proposed for the whole circle."""
    reason = LocalText(zh=given.zh, en=given.en)
    return msgspec.to_builtins(facade.refuse_standard(identifier=given.identifier, reason=reason))


@operation("catalogue.withdraw-endorsement")
def withdraw_endorsement(given: Reasoned) -> dict[str, Any]:
    """Take this anchor's signature under a standard back."""
    reason = LocalText(zh=given.zh, en=given.en)
    return msgspec.to_builtins(facade.withdraw_endorsement(identifier=given.identifier, reason=reason))


@operation("catalogue.shared")
def shared(_: Nothing) -> list[dict[str, Any]]:
    """The standards that anchors have spoken about, and where each stands."""
    facade.take_in()
    return [msgspec.to_builtins(each) for each in facade.shared_standards()]


@operation("catalogue.compare")
def compare(given: Compare) -> dict[str, Any]:
    """What differs between two versions of a standard, and whom it breaks."""
    comparison = facade.compatible(_standard(given.old), _standard(given.new))
    return {**msgspec.to_builtins(comparison), "breaking": comparison.breaking}


@operation("catalogue.check-mapping")
def check_mapping(given: CheckMapping) -> dict[str, Any]:
    """Map a table to a standard and see what breaks; ``save`` keeps the mapping in the name of that steward."""
    if given.mapping is None:
        mapping = facade.saved_mapping(name=given.name)
    else:
        mapping = read_mapping(msgspec.json.encode(given.mapping))
    rows = read_csv(given.table.encode()).rows
    standard = _standard(given.standard) if given.standard else None
    found = facade.try_mapping(mapping=mapping, rows=rows, standard=standard)
    version = facade.save_mapping(mapping=mapping, by=given.save) if given.save else 0
    return {**msgspec.to_builtins(found), "whole": found.whole, "saved": version}


def _standard(identifier: str) -> Standard:
    found = facade.standard(name=identifier)
    if found is None:
        raise Problem(NOT_FOUND, field="identifier", what=identifier)
    return found


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
