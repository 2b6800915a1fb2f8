"""The terms under which a dataset may be offered, as dated data."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import msgspec

from twincity.kernel.locale_text import LocalText

FILE = Path(__file__).resolve().parents[1] / "data" / "sources" / "licences.toml"


class Licence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Terms: an SPDX identifier or a URI, since when they hold, and where that stands; ``verified`` if it was read."""

    id: str
    title: LocalText
    since: date
    source: str
    verified: bool = False


def _read() -> dict[str, Licence]:
    found = msgspec.convert(tomllib.loads(FILE.read_text("utf-8"))["licence"], list[Licence])
    return {each.id: each for each in found}


LICENCES = _read()
"""By id, in the order of offering."""
