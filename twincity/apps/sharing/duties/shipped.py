"""The list that comes with the project: its structure, and the categories that public texts name."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from twincity.engines.catalogue.facade import Duty, DutyList
from twincity.kernel.locale_text import LocalText

FILE = Path(__file__).resolve().parents[1] / "data" / "duties" / "chuanyu-1.toml"


class Shipped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file as it stands.

    Attributes:
        categories: how many each province owes, by GB/T 2260 code.
        overdue: days after its publication at which a dataset is overdue, by rhythm; a rhythm not named never is.
    """

    list: str
    title: LocalText
    basis: str
    source: str
    categories: dict[str, int]
    overdue: dict[str, int]
    duty: tuple[Duty, ...]

    def part(self, province: str) -> DutyList | None:
        """What a province publishes of the list; None when it owes nothing."""
        owed = self.categories.get(province)
        if owed is None:
            return None
        return DutyList(
            name=self.list,
            title=self.title,
            list=self.list,
            province=province,
            categories=owed,
            basis=self.basis,
            source=self.source,
            duties=self.duty,
        )


@cache
def shipped() -> Shipped:
    """The list, read once."""
    return msgspec.convert(tomllib.loads(FILE.read_text("utf-8")), Shipped)
