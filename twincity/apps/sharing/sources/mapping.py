"""Which column holds which field, and a first standard for a table that follows none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from twincity.engines.catalogue.facade import Field, Seen, Standard
from twincity.kernel.locale_text import LocalText

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SHORTEST_CODE = 6
"""Digits of the shortest usual codes, those of counties after GB/T 2260; shorter ones are more often amounts."""
_TYPES = frozenset({"integer", "decimal", "date", "datetime", "boolean", "point"})


def match(columns: Iterable[str], standard: Standard) -> dict[str, str]:
    """The column of each field, by the field's name or one of its titles, whatever the case and width of letters."""
    known = {_folded(column): column for column in columns}
    found = {}
    for field in standard.fields:
        names = (field.name, field.title.zh, field.title.en)
        column = next((known[_folded(name)] for name in names if _folded(name) in known), None)
        if column is not None:
            found[field.name] = column
    return found


def draft_standard(name: str, title: LocalText, columns: Iterable[Seen], version: str = "1") -> Standard:
    """A standard that says of a table what was seen of it: types, and what is always filled.

    Numbers with leading zeros and codes stay texts, as :class:`Seen` has them.
    """
    fields, taken = [], set[str]()
    for number, column in enumerate(columns, 1):
        field = field_name(column.name, number)
        while field in taken:
            field = f"{field}_{number}"
        taken.add(field)
        fields.append(_field(field, column))
    return Standard(id=name.replace(".", "-"), version=version, title=title, fields=tuple(fields))


def field_name(column: str, number: int) -> str:
    """A name for a field from that of a column, or from its number where that has no letters of ours."""
    text = re.sub(r"[^a-z0-9]+", "_", _folded(column)).strip("_")
    text = text if text[:1].isalpha() else f"c{number}_{text}".strip("_")
    return text[:60] if _NAME.fullmatch(text[:60]) else f"c{number}"


def _field(name: str, column: Seen) -> Field:
    kind = column.type if column.type in _TYPES and not _is_code(column) else "string"
    return Field(name=name, title=LocalText(column.name, column.name), type=kind)  # type: ignore[arg-type]


def _is_code(column: Seen) -> bool:
    """Digits that are all of one length stand for something; nobody adds them up."""
    return column.type == "integer" and column.shortest == column.longest >= _SHORTEST_CODE


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
