"""Comparing versions of a standard, checked against what the two versions do with the same rows."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.catalogue.rules import Standard, check_rows, compatible, narrower, validate_standard

NAMED = {"zh-Hans": "字段", "en": "field"}


def make(fields: list[dict], **more) -> Standard:
    told = [{"title": NAMED} | field for field in fields]
    return msgspec.convert({"id": "test", "version": "1", "title": NAMED, "fields": told} | more, Standard)


def one(**more) -> Standard:
    return make([{"name": "a"} | more])


READERS, WRITERS, BOTH, NOBODY = (True, False), (False, True), (True, True), (False, False)
INTEGER = {"type": "integer"}
ASPECTS = [
    ("title", {}, {"title": {"zh-Hans": "别名", "en": "other"}}, NOBODY),
    ("type", {}, INTEGER, BOTH),
    ("key", {}, {"key": True}, BOTH),
    ("unit", {"unit": "kg"}, {"unit": "g"}, BOTH),
    ("pattern", {}, {"pattern": "a"}, WRITERS),
    ("pattern", {"pattern": "a"}, {}, READERS),
    ("pattern", {"pattern": "a"}, {"pattern": "b"}, BOTH),
    ("required", {}, {"required": True}, WRITERS),
    ("required", {"required": True}, {}, READERS),
    ("max_length", {}, {"max_length": 5}, WRITERS),
    ("max_length", {"max_length": 5}, {"max_length": 6}, READERS),
    ("min_length", {"min_length": 2}, {"min_length": 1}, READERS),
    ("precision", {"type": "date"}, {"type": "date", "precision": "month"}, READERS),
    ("minimum", INTEGER, INTEGER | {"minimum": "1"}, WRITERS),
    ("minimum", INTEGER | {"minimum": "10"}, INTEGER | {"minimum": "9"}, READERS),
    ("maximum", INTEGER | {"maximum": "9"}, INTEGER | {"maximum": "10"}, READERS),
    ("maximum", INTEGER | {"maximum": "9"}, INTEGER, READERS),
    ("values", {}, {"values": ["1"]}, WRITERS),
    ("values", {"values": ["1"]}, {}, READERS),
    ("values", {"values": ["1"]}, {"values": ["1", "2"]}, READERS),
    ("values", {"values": ["1", "2"]}, {"values": ["2"]}, WRITERS),
    ("values", {"values": ["1"]}, {"values": ["2"]}, BOTH),
    ("grade", {}, {"grade": "important"}, READERS),
    ("grade", {"grade": "core"}, {}, NOBODY),
    ("category", {}, {"category": "自然人/基本信息"}, NOBODY),
]


@pytest.mark.parametrize(("aspect", "before", "after", "broken"), ASPECTS)
def test_a_changed_aspect_and_whom_it_breaks(aspect, before, after, broken):
    (difference,) = compatible(one(**before), one(**after)).differences
    assert (difference.sort, difference.place) == ("changed", f"fields.a.{aspect}")
    assert (difference.breaks_readers, difference.breaks_writers) == broken
    assert difference.text.zh != difference.text.en


def test_equal_limits_are_no_difference():
    limits = {"type": "decimal", "minimum": "1"}, {"type": "decimal", "minimum": "1.0"}
    assert compatible(one(**limits[0]), one(**limits[1])).differences == ()


def test_fields_come_and_go():
    comparison = compatible(
        make([{"name": "a"}, {"name": "b"}]), make([{"name": "a"}, {"name": "c"}, {"name": "d", "required": True}])
    )
    found = [(one.sort, one.place, one.breaks_readers, one.breaks_writers) for one in comparison.differences]
    assert found == [
        ("removed", "fields.b", True, True),
        ("added", "fields.c", False, False),
        ("added", "fields.d", False, True),
    ]
    assert comparison.breaking


def test_an_optional_field_breaks_nobody():
    comparison = compatible(one(), make([{"name": "a"}, {"name": "b"}]))
    assert not comparison.breaking
    assert narrower(one(), make([{"name": "a"}, {"name": "b"}]))


def test_rules_come_and_go():
    def ruled(*rules: dict) -> Standard:
        return make(
            [{"name": "a"}], rules=[{"kind": "accuracy", "title": NAMED, "check": FILLED} | rule for rule in rules]
        )

    FILLED = {"type": "filled", "field": "a"}  # noqa: N806
    cases = [
        (ruled(), ruled({"id": "r"}), "added", WRITERS),
        (ruled({"id": "r"}), ruled(), "removed", READERS),
        (ruled({"id": "r", "threshold": 900}), ruled({"id": "r"}), "changed", WRITERS),
        (ruled({"id": "r"}), ruled({"id": "r", "threshold": 900}), "changed", READERS),
        (ruled({"id": "r"}), ruled({"id": "r", "when": [{"field": "a"}]}), "changed", BOTH),
        (ruled({"id": "r"}), ruled({"id": "r", "kind": "completeness"}), "changed", NOBODY),
    ]
    for old, new, sort, broken in cases:
        (difference,) = compatible(old, new).differences
        assert (difference.sort, difference.place) == (sort, "rules.r")
        assert (difference.breaks_readers, difference.breaks_writers) == broken


def test_a_list_kept_elsewhere_is_compared_by_name():
    def listed(codes: str) -> Standard:
        return make([{"name": "a", "type": "code", "codes": codes}], external=[codes])

    assert compatible(listed("x"), listed("x")).differences == ()
    assert compatible(listed("x"), listed("y")).breaking


def test_many_new_values_are_named_in_part():
    (difference,) = compatible(one(values=["0"]), one(values=[str(number) for number in range(9)])).differences
    assert difference.text.en == "values of field changed +1 +2 +3 +4 +5 …"


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer"]),
        "required": st.booleans(),
        "min_length": st.integers(0, 2),
        "max_length": st.integers(1, 3),
        "pattern": st.sampled_from(["[0-9]*", "[a-z]*"]),
        "values": st.lists(st.sampled_from(["1", "22", "a"]), min_size=1, unique=True),
        "minimum": st.sampled_from(["0", "5"]),
        "maximum": st.sampled_from(["5", "30"]),
    },
)
VALUES = st.sampled_from(["", "0", "1", "5", "22", "30", "31", "a", "abc", "-1"])


@given(OPTIONS, OPTIONS, VALUES)
def test_the_comparison_agrees_with_what_the_versions_do(before, after, value):
    """What breaks nobody may change no verdict, and what is narrower takes nothing new."""
    old, new = one(**before), one(**after)
    if validate_standard(old) or validate_standard(new):
        return
    comparison = compatible(old, new)
    took, takes = (accepts(version, value) for version in (old, new))
    if takes and not took:
        assert comparison.breaks_readers
        assert not narrower(old, new)
    if took and not takes:
        assert comparison.breaks_writers


def accepts(version: Standard, value: str) -> bool:
    return check_rows(version, [{"a": value}], today=date(2026, 1, 1)).verdict == "passed"
