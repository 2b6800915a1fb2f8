"""The words of the division tables: a unit's code in a period, and what happened to it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """Rank of a unit. A prefecture, league or autonomous prefecture is a ``city``; a street or township a ``town``."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"


class Status(StrEnum):
    """Standing of a row: in force, ended, or the numbering of a second list that disagrees with the first."""

    CURRENT = "current"
    FORMER = "former"
    ALTERNATIVE = "alternative"


class Kind(StrEnum):
    """What a change did to a code."""

    RENAMED = "renamed"
    RECODED = "recoded"
    TRANSFERRED = "transferred"
    CREATED = "created"
    ABOLISHED = "abolished"
    MERGED = "merged"
    SPLIT = "split"
    RAISED = "raised"
    """A county-level city became the prefecture-level city of its name."""
    ADJUSTED = "adjusted"
    REASSIGNED = "reassigned"
    """The code passed to another unit; it says nothing about where the first unit went."""
    COUNTY_TO_CITY = "county-to-city"
    COUNTY_TO_DISTRICT = "county-to-district"
    CITY_TO_DISTRICT = "city-to-district"
    PREFECTURE_TO_CITY = "prefecture-to-city"


class Basis(StrEnum):
    """Why a change is believed to lead where it does."""

    STATED = "stated"
    """The source names both sides."""
    NAME = "name"
    """The same name left one code and took another in the same year."""
    CORRECTED = "corrected"
    """Written by this project, with its own source, against or beyond the first source."""


class Defect(StrEnum):
    """What is wrong with a row of the source; the row is kept and marked."""

    EARLY_NOISE = "early-noise"
    """Numbering of 1980 and 1981, which only one list has."""
    WRONG_TARGET = "wrong-target"
    LATER_TARGET = "later-target"
    """The source names a code that was given only years afterwards."""
    NO_TARGET = "no-target"
    NOT_A_CHANGE = "not-a-change"
    DISPUTED = "disputed"
    """A second public list has another year or another code."""


class Division(msgspec.Struct, frozen=True, kw_only=True):
    """One unit under one code and one name, for as long as both held.

    Attributes:
        code: 2-2-2 digits of GB/T 2260, or those and 3 of GB/T 10114 for a town.
        parent: code of the unit above at that time; empty for a province.
        valid_from: first day, month or year (ISO 8601, as fine as it is known); empty means before the record begins
            in 1980, or for a town that it is not known.
        valid_to: first day, month or year in which it no longer held; empty while it holds, or not known when the
            status is ``former``.
        lng: longitude of the seat in decimal degrees, as text; empty when not known.
        lat: latitude, likewise.
        datum: datum of the two; ``unstated`` when the source does not say.
        successors: codes that followed at ``valid_to``; several when the unit was divided.
        verified: the code and the name were seen in two independent public lists, or in the official list of today.
    """

    code: str
    name: str
    level: Level
    parent: str = ""
    valid_from: str = ""
    valid_to: str = ""
    lng: str = ""
    lat: str = ""
    datum: str = ""
    successors: tuple[str, ...] = ()
    status: Status = Status.CURRENT
    verified: bool = False
    note: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One event in the history of codes.

    Attributes:
        id: ``s`` and the number of the event in the source, or ``p`` and a number for one this project added.
        date: day, month or year, as fine as it is known.
        document: number of the reply or notice, when the source gives one.
        source: web address, or a key of ``SOURCES.toml``.
        verified: a document or official yearly list is named, or two independent lists agree on both sides.
    """

    id: str
    date: str
    kind: Kind
    old_code: str = ""
    old_name: str = ""
    new_code: str = ""
    new_name: str = ""
    basis: Basis = Basis.STATED
    document: str = ""
    source: str = ""
    verified: bool = False
    defect: Defect | None = None
    note: str = ""
