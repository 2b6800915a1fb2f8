"""Publishing what a province owes, and saying which dataset fulfils it."""

from __future__ import annotations

import msgspec

from twincity.apps.sharing import queries
from twincity.apps.sharing.duties import identifier, shipped
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.circle import facade as circle
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem


def publish_duties(*, division: str) -> catalogue.EntryRecord:
    """Publish a province's part of the shipped list; the same again publishes nothing.

    Raises:
        Problem: ``invalid`` for a territory that the list does not name.
    """
    part = shipped().part(division)
    if part is None:
        raise Problem(INVALID, field="division", name="division", reason=division)
    return catalogue.publish_duties(duties=part)


def link(*, dataset: str, duty: str) -> catalogue.EntryRecord:
    """Publish a dataset of this node anew with a duty that it fulfils; the same again publishes nothing.

    Raises:
        Problem: ``not-found`` when there is no such duty or dataset.
    """
    if duty not in {identifier(part, each) for part in queries.duty_lists() for each in part.duties}:
        raise Problem(NOT_FOUND, field="duty", what=duty)
    entry = queries.own_dataset(circle.member_id(), dataset)
    if entry is None:
        raise Problem(NOT_FOUND, field="dataset", what=dataset)
    found = msgspec.convert({**entry.body, "name": entry.name, "title": entry.title}, catalogue.Dataset)
    kept = tuple(sorted({*found.duties, duty}))
    return catalogue.publish_dataset(dataset=msgspec.structs.replace(found, duties=kept))
