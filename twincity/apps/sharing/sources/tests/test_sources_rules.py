"""Rhythms, mappings, and what a grant leaves of a question."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.apps.sharing.sources import LICENCES, draft_standard, due, late, match
from twincity.apps.sharing.sources.asking import asked, granted_rows, parameters
from twincity.engines.catalogue.facade import Condition, Seen, Standard
from twincity.engines.exchange.facade import Grant, RowFilter
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

RHYTHMS = ("continuous", "daily", "weekly", "monthly", "quarterly", "annual")


def field(name: str, zh: str, **more) -> dict:
    return {"name": name, "title": {"zh-Hans": zh, "en": name}, **more}


STANDARD = msgspec.convert(
    {
        "id": "person",
        "version": "1",
        "title": {"zh-Hans": "人", "en": "Person"},
        "fields": [
            field("id", "证件号", key=True),
            field("name", "姓名"),
            field("income", "收入", type="decimal"),
        ],
    },
    Standard,
)


class TestRhythm:
    @pytest.mark.parametrize(
        ("last", "rhythm", "expected"),
        [
            ("2026-01-31", "monthly", "2026-03-05"),
            ("2024-01-31", "monthly", "2024-03-05"),
            ("2026-11-30", "quarterly", "2027-03-10"),
            ("2024-02-29", "annual", "2025-03-30"),
            ("2026-12-31", "weekly", "2027-01-09"),
            ("2026-12-31", "daily", "2027-01-02"),
        ],
    )
    def test_due_by_the_calendar_with_grace(self, last, rhythm, expected):
        assert due(date.fromisoformat(last), rhythm) == date.fromisoformat(expected)

    def test_what_has_no_rhythm_is_never_late(self):
        assert due(date(2000, 1, 1), "irregular") is None
        assert late(date(2000, 1, 1), "irregular", date(2026, 1, 1)) == 0

    @given(st.dates(date(1990, 1, 1), date(2080, 1, 1)), st.sampled_from(RHYTHMS), st.integers(-400, 400))
    def test_late_from_the_day_after_it_was_due(self, last, rhythm, days):
        end = due(last, rhythm)
        assert end > last
        assert late(last, rhythm, end + timedelta(days=days)) == max(0, days)

    @given(st.dates(date(1990, 1, 1), date(2080, 1, 1)), st.sampled_from(RHYTHMS))
    def test_a_later_delivery_is_never_due_earlier(self, last, rhythm):
        assert due(last + timedelta(days=1), rhythm) >= due(last, rhythm)


class TestMapping:
    def test_by_name_or_title_whatever_case_and_width(self):
        assert match(["ＩＤ", " 姓名 ", "Income", "other"], STANDARD) == {
            "id": "ＩＤ",
            "name": " 姓名 ",
            "income": "Income",
        }

    @given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=20))
    def test_a_drafted_standard_is_always_a_valid_one(self, names):
        seen = [Seen(name=name, type="string", filled=1, distinct=1, longest=1) for name in names]
        drafted = draft_standard("table.x", LocalText("表", "Table"), seen)
        assert len(drafted.fields) == len(names)
        from twincity.engines.catalogue.rules import validate_standard

        assert validate_standard(drafted) == ()

    def test_terms_say_where_they_come_from(self):
        assert all(each.source and each.title.zh and each.title.en for each in LICENCES.values())


def ask(grant: Grant, **values: object):
    return asked(msgspec.convert(values, parameters(STANDARD)), STANDARD, grant)


def grant(**more: object) -> Grant:
    return Grant(id="g", subject="any", service="person", purposes=("*",), **more)


class TestAsking:
    def test_without_a_mask_everything_may_be_asked(self):
        found = ask(grant(), income__min="10", name__prefix="王", _after="3", _limit=5)
        assert found.conditions == (
            Condition("name", "prefix", ("王",)),
            Condition("income", "min", ("10",), number=True),
        )
        assert (found.fields, found.order, found.after, found.limit) == (("id", "name", "income"), ("id",), ("3",), 5)

    @pytest.mark.parametrize(
        "values",
        [
            {"income": "1"},
            {"income__min": "1"},
            {"income__max": "9"},
            {"income__prefix": "1"},
            {"_fields": "id,income"},
        ],
    )
    def test_nothing_beyond_the_mask(self, values):
        with pytest.raises(Problem, match="field-not-granted") as refused:
            ask(grant(fields=("id", "name")), **values)
        assert refused.value.field == "income"

    def test_without_the_key_there_is_neither_its_order_nor_its_place(self):
        masked = grant(fields=("name",))
        assert ask(masked).order == ()
        with pytest.raises(Problem, match="invalid"):
            ask(masked, _after="3")

    def test_the_grant_s_rows_come_first_and_an_unknown_field_lets_none_through(self):
        masked = grant(fields=("name",), rows=(RowFilter("income", "in", ("1",)), RowFilter("gone", "in", ("x",))))
        assert ask(masked, name="a").conditions == (
            Condition("income", "in", ("1",)),
            Condition("id", "in", ()),
            Condition("name", "in", ("a",)),
        )
        assert granted_rows(STANDARD, masked)[0].field == "income"

    def test_a_field_that_there_is_not(self):
        with pytest.raises(Problem, match="invalid"):
            ask(grant(), _fields="id,wage")


@pytest.mark.parametrize(
    ("shortest", "longest", "kind"), [(6, 6, "string"), (18, 18, "string"), (1, 6, "integer"), (2, 2, "integer")]
)
def test_digits_of_one_length_are_drafted_as_a_code(shortest, longest, kind):
    seen = Seen(name="区划", type="integer", filled=9, distinct=9, longest=longest, shortest=shortest)
    (field,) = draft_standard("x", LocalText("题", "title"), [seen]).fields
    assert field.type == kind
