"""Judging rows by a standard: counts, reports, streams."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.catalogue.rules import Quality, Standard, check_rows
from twincity.engines.catalogue.rules.check import STEP
from twincity.engines.catalogue.rules.patterns import LONGEST_TEXT
from twincity.kernel.problems import Problem

DAY = date(2026, 9, 30)


def title(text: str = "x") -> dict[str, str]:
    return {"zh-Hans": text, "en": text}


def standard(*fields: dict, rules: tuple[dict, ...] = (), **more) -> Standard:
    """A standard of fields and rules; whatever is not said is filled in."""
    return msgspec.convert(
        {
            "id": "test",
            "version": "1",
            "title": title(),
            "fields": [{"title": title(field["name"]), **field} for field in fields],
            "rules": [{"kind": "accuracy", "title": title(rule["id"]), **rule} for rule in rules],
            **more,
        },
        Standard,
    )


def failed(*args, **kwargs) -> tuple[str, ...]:
    return check_rows(*args, today=DAY, **kwargs).failed_rules()


def test_each_value_is_judged_by_the_first_test_it_fails():
    tested = standard({"name": "code", "required": True, "max_length": 3, "pattern": "[0-9]+", "values": ["1", "22"]})
    values = ["1", "22", "", None, 5, "4444", "abc", "333", "1"]
    report = check_rows(tested, [{"code": value} for value in values], today=DAY)
    found = {outcome.rule: (outcome.checked, outcome.failed, outcome.score) for outcome in report.outcomes}
    assert found == {
        "code.required": (9, 2, 777),
        "code.type": (7, 1, 857),
        "code.length": (6, 1, 833),
        "code.pattern": (5, 1, 800),
        "code.list": (4, 1, 750),
        "table.columns": (9, 0, 1000),
    }
    assert report.scores[Quality.COMPLETENESS] == 777
    assert report.scores[Quality.CONFORMITY] == (857 + 833 + 800 + 750 + 1000) // 5
    assert report.scores[Quality.TIMELINESS] is None


def test_a_text_too_long_to_be_matched_safely_matches_nothing():
    tested = standard({"name": "a", "pattern": "x*"})
    rows = [{"a": "x" * LONGEST_TEXT}, {"a": "x" * (LONGEST_TEXT + 1)}]
    assert check_rows(tested, rows, today=DAY).outcome("a.pattern").failures[0].row == 2


def test_a_single_failure_never_reads_as_none():
    rows = [{"a": "1"}] * 9999 + [{"a": ""}]
    assert check_rows(standard({"name": "a", "required": True}), rows, today=DAY).outcome("a.required").score == 999


def test_absent_null_and_empty_are_the_same():
    tested = standard({"name": "a", "required": True})
    assert check_rows(tested, [{}, {"a": None}, {"a": ""}], today=DAY).outcome("a.required").failed == 3


def test_only_the_first_failures_are_kept():
    tested = standard({"name": "a", "type": "integer"})
    outcome = check_rows(tested, ({"a": "x"} for _ in range(100)), today=DAY, keep=3).outcome("a.type")
    assert (outcome.failed, [failure.row for failure in outcome.failures]) == (100, [1, 2, 3])


def test_values_of_higher_grades_are_not_shown():
    tested = standard(
        {"name": "id", "key": True, "grade": "general-3", "pattern": "[0-9]{4}"},
        {"name": "town", "key": True, "values": ["a"]},
    )
    report = check_rows(tested, [{"id": "12345", "town": "b" * 200}], today=DAY)
    hidden, shown = report.outcome("id.pattern").failures[0], report.outcome("town.list").failures[0]
    assert (hidden.value, hidden.key) == ("•••", "••• " + "b" * 80)
    assert shown.value == "b" * 80
    assert b"12345" not in msgspec.json.encode(report)


def test_unknown_columns_are_reported():
    rows = [{"a": "1", "b": "2"}, {"a": "1"}, {"a": "1", "b": "3", "c": "4"}, {"c": "4", "a": "1"}]
    report = check_rows(standard({"name": "a"}), rows, today=DAY)
    assert report.unknown_columns == {"b": 2, "c": 2}
    assert (report.outcome("table.columns").failed, report.verdict) == (3, "failed")


def test_the_key_is_unique_as_a_whole():
    tested = standard({"name": "a", "key": True}, {"name": "b", "key": True})
    rows = [{"a": "1"}, {"a": "1", "b": "2"}, {"a": "1", "b": ""}, {}, {}]
    outcome = check_rows(tested, rows, today=DAY).outcome("table.key")
    assert (outcome.checked, outcome.failed, outcome.failures[0].row) == (3, 1, 3)


def test_keys_beyond_the_limit_make_the_result_partial():
    tested = standard({"name": "a", "key": True})
    rows = [{"a": str(number)} for number in [*range(5), *range(5)]]
    full = check_rows(tested, rows, today=DAY).outcome("table.key")
    limited = check_rows(tested, rows, today=DAY, distinct=2).outcome("table.key")
    assert (full.failed, full.partial) == (5, False)
    assert (limited.failed, limited.partial) == (2, True)


def test_a_reference_may_point_to_a_later_row():
    reference = {"id": "up", "check": {"type": "reference", "field": "parent", "to": "code", "separator": " "}}
    tested = standard({"name": "code"}, {"name": "parent"}, rules=(reference,))
    rows = [{"code": "1", "parent": "2 3"}, {"code": "2", "parent": "9"}, {"code": "3", "parent": "9"}]
    outcome = check_rows(tested, rows, today=DAY).outcome("up")
    assert (outcome.checked, outcome.failed) == (4, 2)
    assert [(failure.row, failure.value) for failure in outcome.failures] == [(2, "9"), (3, "9")]


def test_open_references_beyond_the_limit_make_the_result_partial():
    reference = {"id": "up", "check": {"type": "reference", "field": "parent", "to": "code"}}
    tested = standard({"name": "code"}, {"name": "parent"}, rules=(reference,))
    rows = [{"code": "1", "parent": str(number)} for number in range(10, 20)]
    outcome = check_rows(tested, rows, today=DAY, distinct=3).outcome("up")
    assert (outcome.failed, outcome.partial) == (3, True)


def test_targets_beyond_the_limit_make_the_result_partial():
    reference = {"id": "up", "check": {"type": "reference", "field": "parent", "to": "code"}}
    tested = standard({"name": "code"}, {"name": "parent"}, rules=(reference,))
    rows = [{"code": str(number), "parent": "1"} for number in range(9)]
    outcome = check_rows(tested, rows, today=DAY, distinct=4).outcome("up")
    assert (outcome.failed, outcome.partial) == (0, True)


@pytest.mark.parametrize(
    "check",
    [
        {"type": "reference", "field": "b", "to": "a"},
        {"type": "reference", "field": "b", "to": "set"},
        {"type": "unique", "fields": ["a"]},
        {"type": "ordered", "first": "n", "second": "m"},
        {"type": "matches", "field": "b", "pattern": "x"},
    ],
)
def test_rows_a_rule_is_not_about_are_left_out(check):
    fields = [{"name": "a"}, {"name": "b"}, {"name": "n", "type": "integer"}, {"name": "m", "type": "integer"}]
    rule = {"id": "some", "check": check, "when": [{"field": "a", "values": ["1"]}]}
    tested = standard(*fields, rules=(rule,), external=["set"])
    rows = [{"a": wanted, "b": "y", "n": "2", "m": "1"} for wanted in ("0", "0")]
    assert check_rows(tested, rows, today=DAY, sets={"set": set()}).outcome("some").checked == 0
    both = [*rows, {"a": "1", "b": "y", "n": "2", "m": "1"}]
    assert check_rows(tested, both, today=DAY, sets={"set": set()}).outcome("some").checked == 1


def test_external_sets_serve_fields_and_rules():
    tested = standard(
        {"name": "home", "type": "code", "codes": "division"},
        {"name": "work"},
        rules=(
            {"id": "work-known", "check": {"type": "reference", "field": "work", "to": "division"}},
            {"id": "work-listed", "check": {"type": "among", "field": "work", "codes": "division"}},
        ),
        external=["division"],
    )
    sets = {"division": {"500231", "510100"}}
    assert failed(tested, [{"home": "500231", "work": "510100"}], sets=sets) == ()
    broken = [{"home": "1", "work": "2"}]
    assert failed(tested, broken, sets=sets) == ("home.list", "work-known", "work-listed")
    with pytest.raises(Problem) as caught:
        check_rows(tested, broken, today=DAY)
    assert caught.value.kind.code == "standard-set-missing"
    assert caught.value.values["name"] == "division"


def test_dates_compare_as_far_as_both_are_known():
    order = {"id": "order", "check": {"type": "ordered", "first": "a", "second": "b"}}
    tested = standard(
        {"name": "a", "type": "date", "precision": "year"},
        {"name": "b", "type": "date", "precision": "year"},
        rules=(order,),
    )
    pairs = [("2025-11", "2025"), ("2025", "2025-01-01"), ("2025-12", "2025-11-30"), ("", "1999"), ("2000", "1999")]
    outcome = check_rows(tested, [{"a": a, "b": b} for a, b in pairs], today=DAY).outcome("order")
    assert (outcome.checked, [failure.row for failure in outcome.failures]) == (4, [3, 5])


@pytest.mark.parametrize(
    ("kind", "smaller", "greater"),
    [
        ("integer", "9", 10),
        ("decimal", "9.5", "10"),
        ("datetime", "2026-01-01T01:00:00+08:00", "2025-12-31T18:00:00Z"),
        ("datetime", datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:01Z"),
    ],
)
def test_values_compare_by_their_type(kind, smaller, greater):
    order = {"id": "order", "check": {"type": "ordered", "first": "a", "second": "b"}}
    tested = standard({"name": "a", "type": kind}, {"name": "b", "type": kind}, rules=(order,))
    assert failed(tested, [{"a": smaller, "b": greater}]) == ()
    assert failed(tested, [{"a": greater, "b": smaller}]) == ("order",)


def test_a_pair_with_a_value_of_another_type_is_left_to_the_columns():
    order = {"id": "order", "check": {"type": "ordered", "first": "a", "second": "b"}}
    tested = standard({"name": "a", "type": "decimal"}, {"name": "b", "type": "decimal"}, rules=(order,))
    report = check_rows(tested, [{"a": "x", "b": "1"}, {"a": [], "b": "1"}], today=DAY)
    assert report.failed_rules() == ("a.type",)
    assert report.outcome("order").score is None


def test_conditions_have_to_hold_all():
    rule = {
        "id": "ended",
        "check": {"type": "filled", "field": "end"},
        "when": [{"field": "status", "values": ["former"]}, {"field": "code"}],
    }
    tested = standard({"name": "code"}, {"name": "status"}, {"name": "end"}, rules=(rule,))
    rows = [
        {"code": "1", "status": "former"},
        {"code": "", "status": "former"},
        {"code": "1", "status": "current"},
        {"code": "1", "status": "former", "end": "1997"},
    ]
    outcome = check_rows(tested, rows, today=DAY).outcome("ended")
    assert (outcome.checked, outcome.failed, outcome.failures[0].row) == (2, 1, 1)


@pytest.mark.parametrize(("share", "verdict"), [(500, "passed"), (501, "failed")])
def test_a_threshold_is_a_share_in_per_mille(share, verdict):
    rule = {"id": "half", "check": {"type": "filled", "field": "a"}, "threshold": share}
    rows = [{"a": "1"}, {"a": ""}]
    assert check_rows(standard({"name": "a"}, rules=(rule,)), rows, today=DAY).verdict == verdict


@pytest.mark.parametrize(
    ("dates", "passed"),
    [
        (["2026-09-01", "1999-01-01"], True),
        (["2026-08-29"], False),
        (["2026-12-24"], False),
        (["2026-09-0x"], False),
        ([""], False),
    ],
)
def test_freshness_looks_at_the_newest_date_that_is_not_in_the_future(dates, passed):
    rule = {"id": "fresh", "kind": "timeliness", "check": {"type": "fresh", "field": "on", "days": 30}}
    tested = standard({"name": "on", "type": "date"}, rules=(rule,))
    outcome = check_rows(tested, [{"on": day} for day in dates], today=DAY).outcome("fresh")
    assert (outcome.passed, outcome.score) == (passed, 1000 if passed else 0)


def test_delivery_is_measured_against_the_rows_promised():
    rule = {"id": "all", "kind": "accessibility", "check": {"type": "delivered", "rows": 8}}
    report = check_rows(standard({"name": "a"}, rules=(rule,)), [{"a": "1"}] * 6, today=DAY)
    assert (report.outcome("all").score, report.verdict) == (750, "failed")


def test_no_rows_have_no_quality():
    report = check_rows(standard({"name": "a", "required": True}), [], today=DAY)
    assert (report.verdict, report.rows) == ("empty", 0)
    assert report.scores[Quality.COMPLETENESS] is None


def test_progress_is_told_and_a_run_can_be_cancelled():
    told: list[int] = []
    tested, rows = standard({"name": "a"}), [{"a": "1"}] * (3 * STEP + 5)
    check_rows(tested, rows, today=DAY, progress=told.append)
    assert told == [STEP, 2 * STEP, 3 * STEP, 3 * STEP + 5]
    report = check_rows(tested, rows, today=DAY, cancelled=lambda: True)
    assert (report.verdict, report.rows) == ("cancelled", STEP)


def test_cancelling_takes_no_further_rows():
    taken = 0

    def rows():
        nonlocal taken
        while True:
            taken += 1
            yield {"a": "1"}

    check_rows(standard({"name": "a"}), rows(), today=DAY, cancelled=lambda: taken > 2 * STEP)
    assert taken == 3 * STEP


def test_memory_does_not_grow_with_the_rows():
    tested = standard({"name": "a", "type": "integer", "maximum": "10"}, {"name": "b", "max_length": 3})

    def peak(count: int) -> int:
        tracemalloc.start()
        check_rows(tested, ({"a": str(number), "b": "x" * (number % 9)} for number in range(count)), today=DAY)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(20_000) < peak(5_000) + 100_000


def test_a_faulty_standard_judges_nothing():
    with pytest.raises(Problem) as caught:
        check_rows(standard({"name": "a", "pattern": "("}), [{"a": "1"}], today=DAY)
    assert caught.value.kind.code == "standard-faulty"
    assert caught.value.field == "a"


def test_an_unknown_rule_has_no_outcome():
    with pytest.raises(KeyError):
        check_rows(standard({"name": "a"}), [], today=DAY).outcome("b.required")


@given(
    st.lists(
        st.fixed_dictionaries({}, optional={"a": st.sampled_from(["", "1", "2", "x", None]), "b": st.integers(0, 3)}),
        max_size=30,
    )
)
def test_counts_agree_with_counting_by_hand(rows):
    tested = standard(
        {"name": "a", "required": True, "values": ["1", "2"]},
        {"name": "b", "type": "integer", "maximum": "2"},
        rules=({"id": "twice", "check": {"type": "unique", "fields": ["a"]}},),
    )
    report = check_rows(tested, rows, today=DAY)
    filled = [row["a"] for row in rows if row.get("a")]
    assert report.rows == len(rows)
    assert report.outcome("a.required").failed == len(rows) - len(filled)
    assert report.outcome("a.list").failed == filled.count("x")
    assert report.outcome("b.range").failed == sum(row.get("b") == 3 for row in rows)
    assert report.outcome("twice").failed == len(filled) - len(set(filled))
