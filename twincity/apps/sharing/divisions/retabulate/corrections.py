"""``corrections.toml``: what this project knows better than the source, with the reason for each entry."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from twincity.apps.sharing.divisions.model import Kind
from twincity.apps.sharing.divisions.retabulate.source import Unit

FILE = "corrections.toml"


class Dated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finer date for the changes of some codes in a year."""

    year: int
    date: str
    codes: list[str]
    source: str


class Ignored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events of the source that never happened."""

    events: list[int]
    source: str


class Followed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a unit went that the source lost or sent astray."""

    year: int
    code: str
    name: str
    successors: list[str]
    kind: Kind
    source: str
    verified: bool = False

    @property
    def unit(self) -> Unit:
        return Unit(self.code, self.name)


class Alternative(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code that a second public list gives to a unit for some years."""

    code: str
    name: str
    valid_from: str
    valid_to: str
    successors: list[str]


class Disputed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Uses of codes for which a second public list has no entry, or other years."""

    codes: list[str]
    note: str


class Moved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Towns that passed from one county to another, found again by their names."""

    old: list[str]
    county: str
    date: str
    source: str


class Began(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Town codes that cannot be older than a date, by prefix."""

    prefixes: list[str]
    date: str
    source: str


class Corrections(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    alternative_source: str
    dated: list[Dated]
    ignored: list[Ignored]
    followed: list[Followed]
    alternatives: list[Alternative]
    disputed: list[Disputed]
    moved: list[Moved]
    began: list[Began]

    def ignored_events(self) -> dict[int, str]:
        """Reason by number of event."""
        return {number: entry.source for entry in self.ignored for number in entry.events}

    def followed_from(self, year: int) -> dict[Unit, Followed]:
        """Entries for the units that ended in a year."""
        return {entry.unit: entry for entry in self.followed if entry.year == year}

    def date(self, year: int, *codes: str) -> tuple[str, str]:
        """The date of a change, as fine as it is known, and its source when that is not the year's code book."""
        for entry in self.dated:
            if entry.year == year and set(entry.codes) & set(codes):
                return entry.date, entry.source
        return str(year), ""

    def dispute(self, code: str) -> str:
        """Why the years of a code are doubtful; empty when they are not."""
        return next((entry.note for entry in self.disputed if code in entry.codes), "")


def read_corrections(folder: Path) -> Corrections:
    """The file in a folder.

    Raises:
        msgspec.ValidationError: naming the key that is wrong.
    """
    return msgspec.convert(tomllib.loads((folder / FILE).read_text("utf-8")), Corrections)
