"""Reads of duties to share: what provinces owe, and what is offered for it."""

from __future__ import annotations

import msgspec

from twincity.apps.sharing.duties import Judged, identifier, judge, shipped
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.catalogue.facade import DutyList
from twincity.engines.circle import facade as circle

MOST_LISTS = 100
MOST_OWN = 1000
MOST_DATASETS = 200
"""Of one duty."""


def duty_lists() -> list[DutyList]:
    """The parts of all lists of duties in force that provinces have published about themselves."""
    divisions = territories()
    found = catalogue.search(kind="duty-list", limit=MOST_LISTS)
    parts = [(entry.owner, _duty_list(entry)) for entry in found]
    own = [part for owner, part in parts if divisions.get(owner) == part.province]
    return sorted(own, key=lambda part: (part.list, part.province, part.name))


def territories() -> dict[str, str]:
    """GB/T 2260 code of each member's territory."""
    members = circle.directory().members if circle.is_open() else {}
    return {name: member.node.division for name, member in members.items()}


def judged(now: int) -> list[Judged]:
    """Every named duty of every list, and how it stands."""
    divisions, overdue = territories(), shipped().overdue
    return [
        judge(part, duty, offered(identifier(part, duty)), divisions, overdue, now)
        for part in duty_lists()
        for duty in part.duties
    ]


def offered(duty: str) -> list[catalogue.EntryRecord]:
    """The datasets in force that state a duty."""
    return catalogue.search(kind="dataset", duty=duty, limit=MOST_DATASETS)


def _duty_list(entry: catalogue.EntryRecord) -> DutyList:
    return msgspec.convert({**entry.body, "name": entry.name, "title": entry.title}, DutyList)


def own_dataset(owner: str, name: str) -> catalogue.EntryRecord | None:
    """A dataset in force of a member by its name."""
    return next((each for each in own_datasets(owner) if each.name == name), None)


def own_datasets(owner: str) -> list[catalogue.EntryRecord]:
    """The datasets in force of a member, those published last first."""
    return catalogue.search(kind="dataset", owner=owner, limit=MOST_OWN)
