"""A mapping as data: for each field where its text comes from, and how that text is rewritten."""

from __future__ import annotations

import re

import msgspec

from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem, define

FAULTY = define(
    "mapping-faulty", 422, zh="映射的 {place} 有误: {reason_zh}", en="The mapping is wrong at {place}: {reason_en}"
)
MOST_COLUMNS, LONGEST_COLUMN = 1000, 200
_PATH = re.compile(r"`\$\.?(.*)`$")


class _Data(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Written as JSON objects with exactly these members."""


class FromColumn(_Data, frozen=True, kw_only=True, tag="column"):
    """The text of one column."""

    column: str


class Constant(_Data, frozen=True, kw_only=True, tag="constant"):
    """The same text in every row; rewritten by nothing."""

    value: str


class Concat(_Data, frozen=True, kw_only=True, tag="concat"):
    """The texts of several columns that are not blank, with a separator between them."""

    columns: tuple[str, ...]
    separator: str = ""


class Part(_Data, frozen=True, kw_only=True, tag="part"):
    """One part of a column's text that a separator cuts up.

    Attributes:
        index: from 1; negative from the end.
    """

    column: str
    separator: str
    index: int


class FirstOf(_Data, frozen=True, kw_only=True, tag="first-of"):
    """The first text among the columns that is not blank."""

    columns: tuple[str, ...]


Take = FromColumn | Constant | Concat | Part | FirstOf


class CodePair(_Data, frozen=True, kw_only=True):
    """A local code and the standard's code for it; an empty one drops the value on purpose."""

    local: str
    code: str


class FieldMapping(_Data, frozen=True, kw_only=True):
    """How one field is filled. The text is trimmed, then rewritten by one of these or by none.

    Attributes:
        codes: all local codes; one that is not listed is reported and left out, for it may mean something else here.
        unit: name of the local unit, see ``data/units.toml``; the target is the field's own unit.
        digits: decimals kept when a conversion has no finite result (1 亩 is 1/15 hm²); ties go to the even digit.
        form: of local dates and instants, in the letters of Unicode TR 35: ``yyyy/M/d``.
        offset: of local instants that state none: ``+08:00``.
    """

    field: str
    take: Take
    codes: tuple[CodePair, ...] = ()
    unit: str = ""
    digits: int = 6
    form: str = ""
    offset: str = "+08:00"


class Mapping(_Data, frozen=True, kw_only=True):
    """A mapping of a local table to a standard.

    Attributes:
        standard: identifier URI of the version it was written for.
        columns: of the local table, in its order.
    """

    name: str
    title: LocalText
    standard: str
    columns: tuple[str, ...]
    fields: tuple[FieldMapping, ...]

    def of(self, field: str) -> FieldMapping | None:
        """How a field is filled; None when it is left blank."""
        return next((each for each in self.fields if each.field == field), None)


def read_mapping(data: bytes) -> Mapping:
    """A mapping from JSON.

    Raises:
        Problem: ``mapping-faulty``, naming the member that is wrong.
    """
    try:
        return msgspec.json.decode(data, type=Mapping)
    except msgspec.DecodeError as error:
        path = _PATH.search(str(error))
        place = path[1] if path and path[1] else "JSON"
        raise Problem(
            FAULTY, field=place, place=place, reason_zh="不符合映射的结构", reason_en=str(error), faults=[]
        ) from error


def columns_of(take: Take) -> tuple[str, ...]:
    """The columns that a field is taken from."""
    if isinstance(take, Constant):
        return ()
    return take.columns if isinstance(take, Concat | FirstOf) else (take.column,)
