"""Reading the folder of public division data, as far as its facts are used."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec

UNITS = "divisions_cq_sc_2026.csv"
TOWNS = "townships_cq_sc_2026.csv"
EVENTS = "historical_changes_cq_sc.json"
PROVINCES = ("50", "51")


class Unit(msgspec.Struct, frozen=True, order=True):
    """A code and the name it stood for."""

    code: str
    name: str


class Seat(msgspec.Struct, frozen=True):
    """A unit of today's list, or one that ended lately, with the position of its seat as text."""

    unit: Unit
    former: bool
    lng: str
    lat: str


class Event(msgspec.Struct, frozen=True):
    """One event of the source, with 12-digit codes cut to six."""

    number: int
    year: int
    type: str
    old: Unit | None
    new: Unit | None
    document: str
    url: str
    official: bool


class _Side(msgspec.Struct):
    code: str | None = None
    name: str | None = None

    def unit(self) -> Unit | None:
        return Unit(self.code[:6], self.name) if self.code and self.name else None


class _Raw(msgspec.Struct):
    year: int
    type: str
    old: _Side
    new: _Side
    doc_no: str | None = None
    source_url: str | None = None
    source_official: str | None = None


class _RawFile(msgspec.Struct):
    events: list[_Raw]


def read_seats(folder: Path) -> list[Seat]:
    """Provinces, cities and counties."""
    with (folder / UNITS).open(encoding="utf-8", newline="") as stream:
        return [
            Seat(Unit(row["code"], row["name"]), row["level"].endswith("-former"), row["center_lng"], row["center_lat"])
            for row in csv.DictReader(stream)
        ]


def read_towns(folder: Path) -> list[Unit]:
    """Towns and streets with their nine-digit codes; a name may end in a remark that the unit was abolished."""
    with (folder / TOWNS).open(encoding="utf-8", newline="") as stream:
        return [Unit(row["code"], row["name"]) for row in csv.DictReader(stream)]


def read_events(folder: Path) -> list[Event]:
    """All events in the order of the source, numbered from 1."""
    raw = msgspec.json.decode((folder / EVENTS).read_bytes(), type=_RawFile).events
    return [_event(number, event) for number, event in enumerate(raw, 1)]


def _event(number: int, raw: _Raw) -> Event:
    return Event(
        number=number,
        year=raw.year,
        type=raw.type,
        old=raw.old.unit(),
        new=raw.new.unit(),
        document=raw.doc_no or "",
        url=raw.source_url or "",
        official=bool(raw.source_official or raw.doc_no),
    )
