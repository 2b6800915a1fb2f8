"""What a value of each type looks like, and how two of them compare.

Values come as text from files and forms, or as JSON values; both are taken. A float is refused for a decimal, because
it has already lost digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from twincity.engines.catalogue.rules.model import Field, FieldType, Precision

Test = Callable[[Any], bool]

INTEGER = r"-?(?:0|[1-9][0-9]*)"
DECIMAL = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
POINT = rf"({DECIMAL}),({DECIMAL})"
INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
_MONTH, _DAY = "-(?:0[1-9]|1[0-2])", "-(?:0[1-9]|[12][0-9]|3[01])"
DATES: dict[Precision, str] = {
    "day": f"[0-9]{{4}}{_MONTH}{_DAY}",
    "month": f"[0-9]{{4}}{_MONTH}(?:{_DAY})?",
    "year": f"[0-9]{{4}}(?:{_MONTH}(?:{_DAY})?)?",
}
ORDERED_TYPES = frozenset({"integer", "decimal", "date", "datetime"})
MOST_DIGITS = 4000
"""Longer texts are no integers: Python refuses to read them as numbers (CVE-2020-10735)."""
_FIRST_DAY = "0001-01-01"
_LONGITUDE, _LATITUDE = Decimal(180), Decimal(90)


def is_blank(value: Any) -> bool:
    """Whether a cell holds nothing: absent, null or empty text."""
    return value is None or value == ""


def as_text(value: Any) -> str:
    """The written form of a value, as patterns and lists see it."""
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def is_decimal_text(text: str) -> bool:
    """Whether a text is a decimal number as a field of that type takes it."""
    return _DECIMAL(text) is not None


def type_test(field: Field) -> Test:
    """A test for the type of a field."""
    if field.type == "date":
        return _date_test(field.precision)
    return _TESTS[field.type]


def first_day(text: str) -> date:
    """The first day of a day, month or year.

    Raises:
        ValueError: when it is none of these.
    """
    return date.fromisoformat(text + _FIRST_DAY[len(text) :])


def not_greater(kind: FieldType) -> Callable[[Any, Any], bool]:
    """Whether the first of two values of a type is at most the second; dates compare as far as both are known.

    The comparison raises ``ValueError`` or ``ArithmeticError`` on a value that is not of the type.
    """
    if kind == "date":
        return _date_not_later
    read = _READERS[kind]
    return lambda first, second: read(first) <= read(second)


def _date_not_later(first: Any, second: Any) -> bool:
    before, after = as_text(first), as_text(second)
    known = min(len(before), len(after))
    return before[:known] <= after[:known]


def _date_test(precision: Precision) -> Test:
    form = re.compile(DATES[precision]).fullmatch

    def test(value: Any) -> bool:
        if isinstance(value, date):
            return not isinstance(value, datetime)
        return isinstance(value, str) and form(value) is not None and _reads(first_day, value)

    return test


def _reads(reader: Callable[[str], Any], text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_integer(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MOST_DIGITS and _INTEGER(value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


def _is_decimal(value: Any) -> bool:
    if isinstance(value, str):
        return _DECIMAL(value) is not None
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value in {"true", "false"})


def _is_instant(value: Any) -> bool:
    if isinstance(value, datetime):
        return value.tzinfo is not None
    return isinstance(value, str) and _INSTANT(value) is not None and _reads(datetime.fromisoformat, value)


def _is_point(value: Any) -> bool:
    found = _POINT(value) if isinstance(value, str) else None
    return found is not None and abs(Decimal(found[1])) <= _LONGITUDE and abs(Decimal(found[2])) <= _LATITUDE


def _instant(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


_INTEGER, _DECIMAL = re.compile(INTEGER).fullmatch, re.compile(DECIMAL).fullmatch
_INSTANT, _POINT = re.compile(INSTANT).fullmatch, re.compile(POINT).fullmatch
_TESTS: dict[FieldType, Test] = {
    "string": _is_text,
    "code": _is_text,
    "integer": _is_integer,
    "decimal": _is_decimal,
    "boolean": _is_boolean,
    "datetime": _is_instant,
    "point": _is_point,
}
_READERS: dict[FieldType, Callable[[Any], Any]] = {"integer": int, "decimal": Decimal, "datetime": _instant}
