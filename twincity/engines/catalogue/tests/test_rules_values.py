"""What each type takes and refuses."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.catalogue.rules import Field
from twincity.engines.catalogue.rules.values import first_day, not_greater, type_test
from twincity.kernel.locale_text import LocalText

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001
TAKEN = {
    "string": ["", "垫江", "1"],
    "code": ["500231"],
    "integer": [0, -5, "0", "-5", "12345678901234567890"],
    "decimal": ["0", "-0.50", "29.560", 3, Decimal("1.5")],
    "boolean": [True, False, "true", "false"],
    "date": ["2024-02-29", "1980-01-01", date(2026, 1, 1)],
    "datetime": ["2026-01-01T00:00:00Z", "2026-01-01T08:00:00.123456+08:00"],
    "point": ["106.55,29.56", "-180,-90", "180,90"],
}
REFUSED = {
    "string": [1, True, ["a"]],
    "code": [500231],
    "integer": [1.0, True, "1.0", "01", "+1", " 1", "１", "1e3", "", "9" * 5000],
    "decimal": [0.5, True, ".5", "5.", "1e3", "NaN", "1,5", "٣"],
    "boolean": [1, 0, "True", "1", "yes"],
    "date": ["2023-02-29", "20240229", "2024-W01-1", "2024-1-1", "2024-02", 20240229, NAIVE],
    "datetime": [
        "2026-01-01T00:00:00",
        "2026-01-01",
        "2026-13-01T00:00:00Z",
        "2026-01-01 00:00:00Z",
        NAIVE,
    ],
    "point": ["106.55, 29.56", "29.56", "181,0", "0,91", "106.55,29.56,200", [106.55, 29.56]],
}


def field(kind: str, **more) -> Field:
    return Field(name="x", title=LocalText(zh="x", en="x"), type=kind, **more)


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in TAKEN.items() for value in values])
def test_taken(kind, value):
    assert type_test(field(kind))(value)


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in REFUSED.items() for value in values])
def test_refused(kind, value):
    assert not type_test(field(kind))(value)


@pytest.mark.parametrize(
    ("precision", "taken"),
    [("day", ["2025-11-06"]), ("month", ["2025-11", "2025-11-06"]), ("year", ["2025", "2025-11", "2025-11-06"])],
)
def test_a_coarser_precision_takes_finer_dates(precision, taken):
    test = type_test(field("date", precision=precision))
    assert [text for text in ("2025", "2025-11", "2025-11-06", "2025-13", "2025-02-30") if test(text)] == taken


@given(st.dates())
def test_the_first_day_of_a_coarse_date(day):
    text = day.isoformat()
    assert first_day(text) == day
    assert first_day(text[:7]) == day.replace(day=1)
    assert first_day(text[:4]) == day.replace(month=1, day=1)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
)
def test_decimals_compare_as_numbers(first, second):
    assert not_greater("decimal")(f"{first:f}", f"{second:f}") == (first <= second)
