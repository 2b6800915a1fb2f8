from __future__ import annotations

import re
from datetime import date
from random import Random

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from tests.support import ROOT
from twincity.engines.catalogue.rules import Field, Standard, check_rows, compatible, read_standard, validate_standard
from twincity.engines.catalogue.rules.model import Delivered, Matches, Rule
from twincity.engines.catalogue.rules.samples import broken_rows, sample_rows
from twincity.engines.catalogue.rules.samples.texts import text_matching
from twincity.engines.catalogue.tests.standards import PATTERNS, TITLE, standards
from twincity.kernel.problems import Problem

TODAY = date(2026, 11, 27)
DIVISIONS = ROOT / "twincity/apps/sharing/data/standards/division.json"
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Everything:
    def __contains__(self, value):
        return True


@SLOW
@given(standards(), st.integers(0, 9))
def test_samples_pass_their_own_standard(standard, seed):
    assume(not validate_standard(standard))
    try:
        rows = sample_rows(standard, 4, today=TODAY, seed=seed)
    except Problem as problem:  # its rules contradict its fields
        event(f"{problem.kind.code} {bool(problem.rule)}")
        assume(problem.kind.code != "standard-no-samples")
        raise
    assert check_rows(standard, rows, today=TODAY).verdict == "passed"
    assert rows == sample_rows(standard, 4, today=TODAY, seed=seed)


@SLOW
@given(standards())
def test_a_standard_without_rules_always_has_samples(standard):
    plain = Standard(id="a", version="1", title=TITLE, fields=standard.fields, lists=standard.lists)
    assume(not validate_standard(plain))
    assert sample_rows(plain, 3, today=TODAY)


@SLOW
@given(standards())
def test_a_broken_row_breaks_its_rule_and_those_it_names(standard):
    assume(not validate_standard(standard))
    for each in broken_rows(standard, today=TODAY):
        alone = check_rows(standard, [each.row], today=TODAY).failed_rules()
        right = sample_rows(standard, 3, today=TODAY)
        among = check_rows(standard, [*right, each.row], today=TODAY).failed_rules()
        assert each.rule in {*alone, *among}
        assert set(each.also) <= {*alone, *among}


def test_the_division_standard_has_samples_and_a_broken_row_for_nearly_every_rule():
    standard = read_standard(DIVISIONS.read_bytes())
    sets = {"division": Everything()}
    rows = sample_rows(standard, 6, today=TODAY)
    assert len(rows) == 6
    assert {row["level"] for row in rows} > {"province"}
    kept = [rule for rule in check_rows(standard, rows, today=TODAY, sets=sets).outcomes if rule.rule != "arrived"]
    assert all(rule.passed for rule in kept)
    found = {each.rule for each in broken_rows(standard, today=TODAY)}
    assert {"code.pattern", "level.list", "lng.range", "period-in-order", "town-in-county", "parent-given"} <= found


def test_a_contradiction_names_the_rule_that_is_never_kept():
    rule = Rule(id="never", kind="conformity", title=TITLE, check=Matches(field="a", pattern="[a-z]"))
    standard = Standard(
        id="a",
        version="1",
        title=TITLE,
        fields=(Field(name="a", title=TITLE, required=True, pattern="[0-9]"),),
        rules=(rule,),
    )
    with pytest.raises(Problem) as refused:
        sample_rows(standard, today=TODAY)
    assert refused.value.rule == "never"


@pytest.mark.parametrize(
    "limits",
    [
        {"min_length": 10**9},
        {"pattern": "a{100000}"},
        {"pattern": "(?:(?:ab){900}){900}"},
        {"type": "date", "maximum": "0001-01-01"},
        {"type": "date", "minimum": "9999-12-31"},
        {"type": "integer", "minimum": "9" * 3000},
        {"type": "decimal", "minimum": "5", "maximum": "4"},
    ],
)
def test_limits_that_nothing_sensible_keeps_cost_no_more_than_a_blank(limits):
    field = Field(name="a", title=TITLE, **limits)
    other = Field(name="b", title=TITLE, required=True)
    standard = Standard(id="a", version="1", title=TITLE, fields=(field, other))
    found = sample_rows(standard, 2, today=TODAY)
    assert all(len(row.get("a", "")) <= 3000 for row in found)
    assert all(row["b"] for row in found)


def test_how_much_is_delivered_is_left_aside():
    rule = Rule(id="many", kind="accessibility", title=TITLE, check=Delivered(rows=1000))
    standard = Standard(id="a", version="1", title=TITLE, fields=(Field(name="a", title=TITLE),), rules=(rule,))
    assert len(sample_rows(standard, 2, today=TODAY)) == 2
    assert "many" not in {each.rule for each in broken_rows(standard, today=TODAY)}


@given(
    st.sampled_from((*PATTERNS, "[0-9]{6}(?:[0-9]{3})?", "a*b+c?", "a|bc|d", "[]a]{2}", r"[\d-]+", "^x$", r"\.")),
    st.integers(),
)
def test_a_text_matches_the_pattern_it_was_made_for(pattern, seed):
    assert re.fullmatch(pattern, text_matching(pattern, Random(seed)))


@given(standards())
def test_a_standard_differs_in_nothing_from_itself(standard):
    assert compatible(standard, standard).differences == ()


MIRROR = {"added": "removed", "removed": "added", "changed": "changed"}


@SLOW
@given(standards(), standards())
def test_the_way_back_undoes_the_way_there(one, other):
    there = {(MIRROR[each.sort], each.place) for each in compatible(one, other).differences}
    assert {(each.sort, each.place) for each in compatible(other, one).differences} == there
