"""What leaves: rows that satisfy the grant's filters, cut down to its fields, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.exchange.rules import (
    Grant,
    RowFilter,
    shape_rows,
)

VALUES = st.none() | st.integers(-20, 20) | st.text("ab10", max_size=3) | st.booleans()


ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), max_size=8)


FILTERS = st.builds(
    RowFilter,
    st.sampled_from("abc"),
    st.sampled_from(["in", "prefix", "min", "max"]),
    st.lists(st.text("ab10", max_size=2), min_size=1, max_size=2).map(tuple),
)


class TestShaping:
    @given(ROWS, st.lists(FILTERS, max_size=2), st.lists(st.sampled_from("abcd"), unique=True, max_size=3))
    @settings(deadline=None, max_examples=300)
    def test_every_row_that_leaves_satisfies_the_filters_and_has_only_the_fields(self, rows, filters, fields):
        """Compared with a reading of the rule that looks at one row and one condition at a time."""
        shaped = shape_rows(bare(filters, fields), rows)
        kept = [row for row in rows if all(holds(each, row) for each in filters)]
        assert len(shaped) == len(kept)
        for row, whole in zip(shaped, kept, strict=True):
            assert set(row) == (set(whole) & set(fields) if fields else set(whole))
            assert all(row[name] == whole[name] for name in row)

    @given(ROWS, FILTERS, st.sampled_from("abc"))
    @settings(deadline=None)
    def test_a_row_is_filtered_by_fields_that_are_masked_too(self, rows, each, field):
        shaped = shape_rows(bare([each], [field]), rows)
        assert len(shaped) == len([row for row in rows if holds(each, row)])
        assert all(set(row) <= {field} for row in shaped)

    def test_the_rows_given_are_left_as_they_were(self):
        rows = [{"a": 1, "b": 2}]
        shaped = shape_rows(bare([], ["a"]), rows)
        assert (shaped, rows) == ([{"a": 1}], [{"a": 1, "b": 2}])

    @pytest.mark.parametrize(
        ("op", "values", "value", "kept"),
        [
            ("in", ("1", "2"), 1, True),
            ("in", ("1", "2"), "2", True),
            ("in", ("1", "2"), 12, False),
            ("in", ("",), "", True),
            ("in", ("None",), None, False),
            ("prefix", ("50", "51"), "511623", True),
            ("prefix", ("50", "51"), 500231, True),
            ("prefix", ("50", "51"), "151", False),
            ("min", ("2026-01-01",), "2026-01-01", True),
            ("min", ("2026-01-01",), "2025-12-31", False),
            ("max", ("2026-01-01",), "2026-01-01", True),
            ("max", ("2026-01-01",), "2026-01-02", False),
            ("min", ("",), "", True),
            ("max", ("",), "a", False),
        ],
    )
    def test_conditions_compare_as_text(self, op, values, value, kept):
        assert RowFilter("f", op, values).holds({"f": value}) is kept

    @pytest.mark.parametrize("op", ["in", "prefix", "min", "max"])
    def test_what_is_not_there_satisfies_nothing(self, op):
        for row in ({}, {"f": None}, {"g": "x"}):
            assert RowFilter("f", op, ("",)).holds(row) is False


def bare(filters: Iterable[RowFilter], fields: Iterable[str]) -> Grant:
    """A grant with these filters as they are, not checked: the shaping must hold for any."""
    return Grant(id="g", subject="any", service="s", purposes=("p",), rows=tuple(filters), fields=tuple(fields))


def holds(each: RowFilter, row: dict[str, Any]) -> bool:
    """FEDERATION.md section 7.1, word by word."""
    value = row.get(each.field)
    if value is None:
        return False
    text = json.dumps(value) if isinstance(value, bool) else str(value)
    return {
        "in": any(text == wanted for wanted in each.values),
        "prefix": any(text[: len(wanted)] == wanted for wanted in each.values),
        "min": not text < each.values[0],
        "max": not text > each.values[0],
    }[each.op]
