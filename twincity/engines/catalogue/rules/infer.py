"""A standard to begin with, from a sample of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from twincity.engines.catalogue.rules.model import Code, CodeList, Field, FieldType, Standard
from twincity.engines.catalogue.rules.tabular import Table
from twincity.engines.catalogue.rules.values import type_test
from twincity.kernel.locale_text import LocalText

MOST_CODES, LEAST_REPEATS = 20, 3
"""A column is coded when it has at most so many values, each used so often on average."""
_TYPES: tuple[FieldType, ...] = ("boolean", "integer", "decimal", "date", "datetime", "point")
_LEADING_ZERO = re.compile(r"0[0-9]+")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def infer(table: Table, *, name: str, title: LocalText) -> Standard:
    """A draft: types, lengths, code lists and a candidate for the key, as far as the sample tells.

    Columns keep their names as titles in both languages; grades stay at the lowest until somebody looks at them.
    """
    names = _names(table.columns)
    found = [_field(column, names[column], [row[column] for row in table.rows]) for column in table.columns]
    lists = tuple(codes for _, codes in found if codes)
    fields = _keyed(tuple(field for field, _ in found), table, names)
    return Standard(id=name, version="1.0.0", title=title, fields=fields, lists=lists)


def _names(columns: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for at, column in enumerate(columns, 1):
        plain = re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_")
        usable = _NAME.fullmatch(plain) is not None and plain.isascii() and plain not in found.values()
        found[column] = plain if usable else f"field_{at}"
    return found


def _field(column: str, name: str, cells: list[str]) -> tuple[Field, CodeList | None]:
    values = [cell for cell in cells if cell]
    title = LocalText(zh=column, en=column)
    required = bool(values) and len(values) == len(cells)
    field = Field(name=name, title=title, required=required)
    distinct = sorted(set(values))
    kind = _type(name, values)
    if kind == "string" and distinct and len(distinct) <= MOST_CODES and len(values) >= LEAST_REPEATS * len(distinct):
        codes = CodeList(
            id=name.replace("_", "-"),
            title=title,
            codes=tuple(Code(code=each, title=LocalText(each, each)) for each in distinct),
        )
        return msgspec.structs.replace(field, type="code", codes=codes.id), codes
    longest = max(map(len, values), default=0)
    limit = longest if kind == "string" and longest else None
    return msgspec.structs.replace(field, type=kind, max_length=limit), None


def _type(name: str, values: list[str]) -> FieldType:
    """The narrowest type of all values; numbers with leading zeros are codes written in digits, hence text."""
    if not values or any(_LEADING_ZERO.fullmatch(value) for value in values):
        return "string"
    for kind in _TYPES:
        if all(map(type_test(Field(name=name, title=LocalText("", ""), type=kind)), values)):
            return kind
    return "string"


def _keyed(fields: tuple[Field, ...], table: Table, names: dict[str, str]) -> tuple[Field, ...]:
    """The first column whose values are all there and all different becomes the key."""
    for column in table.columns:
        values = [row[column] for row in table.rows]
        field = next(each for each in fields if each.name == names[column])
        if len(values) > 1 and all(values) and len(set(values)) == len(values) and field.type in {"string", "integer"}:
            return tuple(msgspec.structs.replace(each, key=each is field) for each in fields)
    return fields
