"""Reads: datasets of the catalogue with their publishers and services, a part at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from django.conf import settings

from twincity.apps.opendata.faces.ckan.filters import Filter
from twincity.apps.opendata.faces.dcat import Part
from twincity.apps.opendata.faces.listing import Listing, Office
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.catalogue.facade import Dataset, Distribution, EntryRecord, FoundRecords, Order
from twincity.engines.circle import facade as circle
from twincity.kernel.locale_text import LocalText

BATCH = 100
"""Datasets that are read at a time."""
WAITING = 200
"""Datasets remembered whose lists were asked for and are not here."""
wanted: dict[str, tuple[str, Dataset]] = {}
"""Owner and dataset by the digest of such a list; the job ``opendata.lists`` gets them."""
_PLAIN = re.compile(r"[0-9A-Za-z.-]{1,253}")


def site() -> Office:
    """This node as publisher of the catalogue."""
    mine = settings.CONFIG
    return Office(id=mine.id, title=mine.title, division=mine.division, address=mine.address.rstrip("/"))


def office(owner: str) -> Office:
    """A member as the directory has it; only its name when it is no longer there."""
    member = circle.directory().members.get(owner) if circle.is_open() else None
    if member is None:
        return Office(id=owner, title=LocalText(owner, owner))
    node = member.node
    return Office(id=owner, title=node.title, division=node.division, address=node.address.rstrip("/"))


def listings(records: Sequence[EntryRecord]) -> list[Listing]:
    """Datasets with all that is told of them, in one query for all their services."""
    services = catalogue.services_for(datasets={(each.owner, each.name) for each in records})
    offices = {owner: office(owner) for owner in {each.owner for each in records}}
    return [
        Listing(
            record=each,
            dataset=catalogue.dataset_of(record=each),
            owner=offices[each.owner],
            services=tuple(services.get((each.owner, each.name), ())),
            site=site().address,
            lines=partial(_lines, each),
        )
        for each in records
    ]


def page(number: int, size: int) -> tuple[Part, list[Listing]]:
    """One page of all datasets in force, by owner and name."""
    found = catalogue.find((), "name", kind="dataset", start=(number - 1) * size, limit=size)
    newest = catalogue.find((), "newest", kind="dataset", limit=1).records
    latest = newest[0].published_at if newest else 0
    return Part(page=number, size=size, total=found.total, latest=latest), listings(found.records)


def listing(owner: str, name: str, version: str = "") -> Listing | None:
    """One dataset: the version, in force or not, or else the one in force."""
    if not all(_PLAIN.fullmatch(part) for part in (owner, name, version or "1")):
        return None
    record = (
        catalogue.entry(identifier=catalogue.identifier_of(owner, "dataset", name, version))
        if version
        else catalogue.in_force(kind="dataset", owner=owner, name=name)
    )
    return listings([record])[0] if record else None


def in_batches(start: int, limit: int) -> Iterator[Listing]:
    """Some datasets in force, newest first, read a hundred at a time."""
    for first in range(start, start + limit, BATCH):
        count = min(BATCH, start + limit - first)
        records = catalogue.find((), "newest", kind="dataset", start=first, limit=count).records
        yield from listings(records)
        if len(records) < count:
            return


def search(
    wanted: Filter, text: str, order: Order, start: int, limit: int, facets: tuple[str, ...] = ()
) -> tuple[FoundRecords, list[Listing]]:
    """Datasets by words and filters, with counts of the catalogue's facets."""
    found = catalogue.find(
        facets, order, wanted.span, text=text, start=start, limit=limit, kind="dataset", **wanted.chosen
    )
    return found, listings(found.records)


def counts(facet: str) -> dict[str, int]:
    """How many datasets have each value of a facet."""
    return dict(sorted(catalogue.find((facet,), kind="dataset", limit=0).counts[facet].items()))


def places(start: int = 0, limit: int | None = None) -> Iterable[tuple[str, str]]:
    """Owner and name of the datasets in force."""
    return catalogue.current_names(kind="dataset", start=start, limit=limit)


def _lines(record: EntryRecord, sha256: str, start: int, limit: int | None) -> Iterator[Distribution]:
    """A visitor waits for no other node: what is not here is remembered, and there for the next one."""
    if catalogue.has_distributions(sha256=sha256):
        yield from catalogue.distributions(sha256=sha256, start=start, limit=limit)
    elif len(wanted) < WAITING:
        wanted[sha256] = (record.owner, catalogue.dataset_of(record=record))
