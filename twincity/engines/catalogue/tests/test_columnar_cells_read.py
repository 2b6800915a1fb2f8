"""Values of JSON and of database drivers as cells of text."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest

from twincity.engines.catalogue.columnar.tabulating import _cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (15, "15"),
        ("井", "井"),
        (Decimal("20.50"), "20.50"),
        (Decimal("1E+3"), "1000"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 8, tzinfo=UTC), "2024-02-29T08:00:00+00:00"),
        (time(8, 30), "08:30:00"),
        (b"\x00\xff", "00ff"),
        (memoryview(b"\x01"), "01"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({"a": [Decimal(1)]}, '{"a":["1"]}'),
    ],
)
def test_a_value_is_written_without_loss(value, cell):
    assert _cell(value) == cell
