"""A mapping at work: from one row of the local table to one row of the standard, whatever that row holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from twincity.engines.catalogue.rules.mapping.dates import read_moment
from twincity.engines.catalogue.rules.mapping.faults import require_fitting
from twincity.engines.catalogue.rules.mapping.model import (
    Concat,
    Constant,
    FieldMapping,
    FirstOf,
    Part,
    Take,
    columns_of,
)
from twincity.engines.catalogue.rules.mapping.model import Mapping as FieldMappings
from twincity.engines.catalogue.rules.mapping.units import UNITS, convert
from twincity.engines.catalogue.rules.model import Standard
from twincity.engines.catalogue.rules.values import as_text, is_decimal_text

TroubleKind = Literal["missing-column", "missing-part", "unmapped-code", "not-a-number", "not-a-date"]
LONGEST_NUMBER = 100
KNOWN = 4096
"""Texts of a field whose rewritten form is remembered; dates and numbers repeat in most tables."""
Text = Callable[[Mapping[str, Any]], str]
Rewrite = Callable[[str], "str | None"]


class Trouble(NamedTuple):
    """Why a field of a row could not be filled."""

    kind: TroubleKind
    field: str
    value: str


class Mapped(NamedTuple):
    """A row of the standard without its blank cells, and what could not be carried over."""

    row: dict[str, str]
    troubles: tuple[Trouble, ...]


RowFunction = Callable[[Mapping[str, Any]], Mapped]


def compile_mapping(mapping: FieldMappings, standard: Standard) -> RowFunction:
    """A function from local rows to rows of the standard; it raises nothing, whatever a row holds.

    Raises:
        Problem: ``mapping-faulty`` when the mapping does not fit the standard.
    """
    require_fitting(mapping, standard)
    fields = [_Filler(each, standard) for each in mapping.fields]

    def function(row: Mapping[str, Any]) -> Mapped:
        found: dict[str, str] = {}
        troubles: list[Trouble] = []
        for each in fields:
            value = each.fill(row)
            if isinstance(value, Trouble):
                troubles.append(value)
            elif value:
                found[each.name] = value
        return Mapped(found, tuple(troubles))

    return function


class _Filler:
    """One field of the mapping."""

    def __init__(self, mapping: FieldMapping, standard: Standard) -> None:
        self.name = mapping.field
        self._needed = columns_of(mapping.take)
        self._take = _taken(mapping.take)
        self._part = isinstance(mapping.take, Part)
        self._kind, self._rewrite = _rewriting(mapping, standard)
        self._known: dict[str, str] = {}

    def fill(self, row: Mapping[str, Any]) -> str | Trouble:
        """The field's text, empty for a blank; or why there is none."""
        for column in self._needed:
            if column not in row:
                return Trouble("missing-column", self.name, column)
        text = self._take(row)
        if text is None:
            return Trouble("missing-part", self.name, as_text(row[self._needed[0]]))
        if not text or self._rewrite is None:
            return text
        found = self._known.get(text) or self._rewritten(text)
        return Trouble(self._kind, self.name, text) if found is None else found

    def _rewritten(self, text: str) -> str | None:
        found = self._rewrite(text) if self._rewrite else text
        if found and len(self._known) < KNOWN:
            self._known[text] = found
        return found


def _taken(take: Take) -> Callable[[Mapping[str, Any]], str | None]:
    if isinstance(take, Constant):
        return lambda _row: take.value
    if isinstance(take, Concat):
        return lambda row: take.separator.join(filter(None, (_text(row, name) for name in take.columns)))
    if isinstance(take, FirstOf):
        return lambda row: next(filter(None, (_text(row, name) for name in take.columns)), "")
    if isinstance(take, Part):
        return lambda row: _part(_text(row, take.column), take)
    return lambda row: _text(row, take.column)


def _text(row: Mapping[str, Any], column: str) -> str:
    return as_text(row[column]).strip()


def _part(text: str, take: Part) -> str | None:
    if not text:
        return ""
    parts = text.split(take.separator)
    index = take.index - 1 if take.index > 0 else take.index
    return parts[index].strip() if -len(parts) <= index < len(parts) else None


def _rewriting(mapping: FieldMapping, standard: Standard) -> tuple[TroubleKind, Rewrite | None]:
    if mapping.codes:
        return "unmapped-code", {pair.local: pair.code for pair in mapping.codes}.get
    if mapping.form:
        return "not-a-date", lambda text: read_moment(text, mapping.form, mapping.offset)
    if mapping.unit:
        return "not-a-number", _converting(mapping, standard)
    return "unmapped-code", None


def _converting(mapping: FieldMapping, standard: Standard) -> Rewrite:
    field = standard.field(mapping.field)
    source, target = UNITS().find(mapping.unit), UNITS().find(field.unit if field else "")
    if source is None or target is None:
        raise KeyError(mapping.unit)

    def rewrite(text: str) -> str | None:
        plain = text.replace(",", "")
        if len(plain) > LONGEST_NUMBER or not is_decimal_text(plain):
            return None
        return convert(Decimal(plain), source, target, mapping.digits)

    return rewrite
