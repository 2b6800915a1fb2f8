"""A data standard as data: fields, code lists, quality rules and grades.

The six kinds of quality follow GB/T 36344-2018; the grades follow GB/T 43697-2024 (core, important, and four levels of
general data after its annex H).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from twincity.kernel.locale_text import LocalText

PER_MILLE = 1000

FieldType = Literal["string", "integer", "decimal", "date", "datetime", "code", "boolean", "point"]
Precision = Literal["day", "month", "year"]
Grade = Literal["general-1", "general-2", "general-3", "general-4", "important", "core"]
GRADES: tuple[Grade, ...] = ("general-1", "general-2", "general-3", "general-4", "important", "core")
"""Grades from the least sensitive to the most."""


class Quality(StrEnum):
    """The six kinds of quality: 准确, 完整, 一致, 时效, 规范, 可访问."""

    ACCURACY = "accuracy"
    COMPLETENESS = "completeness"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    CONFORMITY = "conformity"
    ACCESSIBILITY = "accessibility"


class _Data(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Written as JSON objects with exactly these members."""


class Source(_Data, frozen=True, kw_only=True):
    """Where a rule was taken from; ``verified`` only when the article itself was read."""

    standard: str
    article: str = ""
    verified: bool = False


class Code(_Data, frozen=True, kw_only=True):
    """One entry of a code list."""

    code: str
    title: LocalText


class CodeList(_Data, frozen=True, kw_only=True):
    """A closed list of codes."""

    id: str
    title: LocalText
    codes: tuple[Code, ...]
    source: Source | None = None


class Field(_Data, frozen=True, kw_only=True):
    """One column.

    Attributes:
        type: ``decimal`` and ``point`` travel as text, so that no digit is lost: ``"29.56"``, ``"106.55,29.56"``
            (longitude, latitude in degrees). ``date`` and ``datetime`` are ISO 8601; a datetime has its offset.
        key: the key fields of a row, taken together, are unique; a blank counts as a value.
        precision: the coarsest date that is accepted: ``month`` also takes ``2025-11``.
        pattern: regular expression for the whole text, of the kind that ``patterns`` takes.
        minimum: smallest value as text: a number, a date or an instant.
        codes: id of a list of the standard, or of an external one.
        values: an enumeration written in place.
        unit: of the value, after UCUM.
        category: business category of the data after GB/T 43697-2024, levels separated by ``/``.
    """

    name: str
    title: LocalText
    type: FieldType = "string"
    required: bool = False
    key: bool = False
    precision: Precision = "day"
    pattern: str = ""
    min_length: int = 0
    max_length: int | None = None
    minimum: str = ""
    maximum: str = ""
    codes: str = ""
    values: tuple[str, ...] = ()
    unit: str = ""
    grade: Grade = "general-1"
    category: str = ""
    description: LocalText | None = None
    source: Source | None = None


class When(_Data, frozen=True, kw_only=True):
    """A condition on rows: the field has one of the values, or any value at all when none is named."""

    field: str
    values: tuple[str, ...] = ()


class Unique(_Data, frozen=True, kw_only=True, tag="unique"):
    """No two rows agree in all the fields."""

    fields: tuple[str, ...]


class Reference(_Data, frozen=True, kw_only=True, tag="reference"):
    """Each of the field's values is a value of another column.

    Attributes:
        to: a field of the same table, or the id of an external set of values.
        separator: set when the field holds several values.
    """

    field: str
    to: str
    separator: str = ""


class Ordered(_Data, frozen=True, kw_only=True, tag="ordered"):
    """The first field is not greater than the second, where both are filled; dates compare as far as both are known."""

    first: str
    second: str


class Matches(_Data, frozen=True, kw_only=True, tag="matches"):
    """The field's text matches a regular expression from end to end."""

    field: str
    pattern: str


class Among(_Data, frozen=True, kw_only=True, tag="among"):
    """The field's value is one of a list, in place or of the standard."""

    field: str
    values: tuple[str, ...] = ()
    codes: str = ""


class StartsWith(_Data, frozen=True, kw_only=True, tag="starts-with"):
    """The field's text begins with the text of another field, where both are filled."""

    field: str
    prefix: str


class Filled(_Data, frozen=True, kw_only=True, tag="filled"):
    """The field has a value."""

    field: str


class Fresh(_Data, frozen=True, kw_only=True, tag="fresh"):
    """The newest date of the field is at most so many days old."""

    field: str
    days: int


class Delivered(_Data, frozen=True, kw_only=True, tag="delivered"):
    """The table can be read, and has at least so many rows."""

    rows: int


Check = Unique | Reference | Ordered | Matches | Among | StartsWith | Filled | Fresh | Delivered


class Rule(_Data, frozen=True, kw_only=True):
    """A quality rule of a table.

    Attributes:
        when: conditions that all have to hold for a row to be concerned.
        threshold: per mille of the rows concerned that have to keep the rule for it to pass.
    """

    id: str
    kind: Quality
    title: LocalText
    check: Check
    when: tuple[When, ...] = ()
    threshold: int = PER_MILLE
    source: Source | None = None


class Standard(_Data, frozen=True, kw_only=True):
    """A data standard: what the rows of a dataset look like, and how good they have to be.

    Attributes:
        external: ids of sets of values that are kept elsewhere and handed to the check.
    """

    id: str
    version: str
    title: LocalText
    fields: tuple[Field, ...]
    description: LocalText | None = None
    source: Source | None = None
    lists: tuple[CodeList, ...] = ()
    external: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of a name."""
        return next((field for field in self.fields if field.name == name), None)

    def allowed(self, values: tuple[str, ...], codes: str) -> frozenset[str] | None:
        """The values of an enumeration or of a list of the standard; None when neither restricts them."""
        if values:
            return frozenset(values)
        found = next((entry for entry in self.lists if entry.id == codes), None)
        return frozenset(entry.code for entry in found.codes) if found else None
