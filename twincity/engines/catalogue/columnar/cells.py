"""The tests of one field's cells as SQL, in the order and with the meaning of ``rules.columns``."""

# ruff: noqa: S608  names and values are quoted by columnar.sql
from __future__ import annotations

import math
from collections.abc import Mapping

from twincity.engines.catalogue.columnar.orders import not_greater
from twincity.engines.catalogue.columnar.regex import full_match
from twincity.engines.catalogue.columnar.sql import TRUE, Verdict, name, text, texts
from twincity.engines.catalogue.rules.model import Field, FieldType, Standard
from twincity.engines.catalogue.rules.values import DATES, DECIMAL, INSTANT, INTEGER

Stored = Mapping[str, str]
"""Names of temporary tables of one column ``v``, by id of the external set that they hold."""

_LONGITUDE = r"-?(?:1[0-7][0-9]|[1-9]?[0-9])(?:\.[0-9]+)?|-?180(?:\.0+)?"
_LATITUDE = r"-?(?:[1-8]?[0-9])(?:\.[0-9]+)?|-?90(?:\.0+)?"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_PLAIN_INSTANT = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_TIME}:[0-5][0-9](?:\.(?:[0-9]{{3}}){{1,2}})?(?:Z|[+-]{_TIME})"
"""Instants that Python and DuckDB surely read alike."""


def tests(field: Field, standard: Standard, stored: Stored) -> list[Verdict]:
    """The tests that a filled cell has to pass, as many and in the order of ``rules.columns.tests``."""
    cell = name(field.name)
    found = [of_type(field, cell)]
    if field.min_length or field.max_length is not None:
        most = "" if field.max_length is None else f" AND length({cell}) <= {field.max_length}"
        found.append(Verdict(f"(length({cell}) >= {field.min_length}{most})"))
    if field.pattern:
        found.append(full_match(cell, field.pattern))
    if field.values or field.codes:
        found.append(listed(cell, standard, stored, field.values, field.codes))
    if field.minimum or field.maximum:
        found.append(Verdict(_range(field, cell)))
    return found


def of_type(field: Field, cell: str) -> Verdict:
    """Whether a cell's text is of its field's type."""
    if field.type in {"string", "code"}:
        return TRUE
    if field.type == "date":
        return Verdict(_date(field, cell))
    if field.type == "datetime":
        return _instant(cell)
    return Verdict(_form(field.type, cell))


def comparable(kind: FieldType, cell: str) -> str:
    """Whether a cell is in the plain form that :func:`not_greater` takes; Python reads more than that."""
    if kind == "date":
        return "TRUE"
    if kind == "datetime":
        return f"({_matches(cell, _PLAIN_INSTANT)} AND TRY_CAST({cell} AS TIMESTAMPTZ) IS NOT NULL)"
    return _form(kind, cell)


def listed(cell: str, standard: Standard, stored: Stored, values: tuple[str, ...], codes: str) -> Verdict:
    """Whether a cell is in an enumeration, a list of the standard or an external set."""
    allowed = standard.allowed(values, codes)
    if allowed is None:
        return Verdict(f"({cell} IN (SELECT v FROM {name(stored[codes])}))")
    return Verdict(f"({cell} IN {texts(allowed)})")


def _matches(cell: str, pattern: str) -> str:
    return f"regexp_full_match({cell}, {text(pattern)})"


def _form(kind: FieldType, cell: str) -> str:
    if kind == "integer":  # most are small and read back as they were written, which is found out sooner
        return f"(coalesce(TRY_CAST({cell} AS BIGINT)::VARCHAR = {cell}, FALSE) OR {_matches(cell, INTEGER)})"
    return _matches(cell, _FORMS[kind])


def _date(field: Field, cell: str) -> str:
    whole = f"coalesce(TRY_CAST({cell} AS DATE)::VARCHAR = {cell}, FALSE)"  # a day reads back as it was written
    if field.precision == "day":
        return f"({whole} AND length({cell}) = 10)"
    short = f"(length({cell}) < 10 AND {_matches(cell, DATES[field.precision])} AND NOT starts_with({cell}, '0000'))"
    return f"({short} OR (length({cell}) = 10 AND {whole}))"


def _instant(cell: str) -> Verdict:
    day = f"(TRY_CAST(left({cell}, 10) AS DATE) IS NOT NULL AND NOT starts_with({cell}, '0000'))"
    plain = f"CASE WHEN {_matches(cell, _PLAIN_INSTANT)} THEN {day} ELSE NULL END"
    return Verdict(f"CASE WHEN {_matches(cell, INSTANT)} THEN {plain} ELSE FALSE END", certain=False)


def _range(field: Field, cell: str) -> str:
    low = [not_greater(field.type, text(field.minimum), cell)] if field.minimum else []
    high = [not_greater(field.type, cell, text(field.maximum))] if field.maximum else []
    if field.type == "date" and field.precision == "day":  # all of one length
        low = [f"{text(field.minimum)} <= {cell}"] if field.minimum else []
        high = [f"{cell} <= {text(field.maximum)}"] if field.maximum else []
    exact = f"({' AND '.join((*low, *high))})"
    return _inside(field, cell, exact) if field.type in {"integer", "decimal"} else exact


def _inside(field: Field, cell: str, exact: str) -> str:
    """Rounding keeps the order, so what lies between the neighbours of both limits needs no closer look."""
    low = math.nextafter(float(field.minimum or "-inf"), math.inf)
    high = math.nextafter(float(field.maximum or "inf"), -math.inf)
    bounds = f"{text(repr(low))}::DOUBLE AND {text(repr(high))}::DOUBLE"
    return f"CASE WHEN TRY_CAST({cell} AS DOUBLE) BETWEEN {bounds} THEN TRUE ELSE {exact} END"


_FORMS: dict[FieldType, str] = {
    "decimal": DECIMAL,
    "boolean": "true|false",
    "point": f"(?:{_LONGITUDE}),(?:{_LATITUDE})",
}
