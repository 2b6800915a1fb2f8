"""Looking codes up and following them to today."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.apps.sharing.divisions import Division, Divisions, Kind, Level, Status, divisions, read_divisions, resolve
from twincity.kernel.problems import Problem

ROWS = read_divisions()
CODES = sorted({row.code for row in ROWS})
DAYS = st.dates(date(1980, 1, 1), date(2026, 12, 31))


@given(st.sampled_from(CODES))
def test_every_code_ever_used_leads_to_units_of_today(code):
    found = divisions().resolve(code)
    assert found.today
    assert all(unit.status is Status.CURRENT for unit in found.today)


@given(st.sampled_from([row for row in ROWS if row.valid_to]))
def test_every_use_leads_to_today_without_going_round(row):
    day = row.valid_from or "1980"
    at = date.fromisoformat((day + "-12-31")[:10]) if len(day) == 4 else date.fromisoformat(day)
    found = divisions().resolve(row.code, at)
    ends = [step.new.valid_to or "9999" for step in found.steps]
    assert found.today
    assert all(step.old.valid_to < end for step, end in zip(found.steps, ends, strict=True))


@given(st.sampled_from([row for row in ROWS if row.status is Status.FORMER and not row.valid_to]))
def test_a_town_without_successor_leads_to_its_county(row):
    found = divisions().resolve(row.code)
    assert found.chain == (row.code, row.parent)
    assert found.coarser
    assert not found.verified


@given(st.sampled_from(CODES), DAYS)
def test_a_lookup_on_a_day_gives_a_use_of_that_year_or_refuses(code, day):
    year = str(day.year)
    fitting = [
        use
        for use in divisions().uses(code)
        if use.valid_from[:4] <= year and (not use.valid_to or year <= use.valid_to[:4])
    ]
    if fitting:
        assert divisions().get(code, day) in fitting
    else:
        assert refusal(code, day) == "division-not-then"


@given(st.text(max_size=14).filter(lambda text: text not in CODES))
def test_other_texts_are_refused(text):
    assert refusal(text) in {"division-code-malformed", "division-unknown"}


def refusal(code: str, at: date | None = None) -> str:
    with pytest.raises(Problem) as caught:
        divisions().get(code, at)
    assert caught.value.field == "code"
    return caught.value.kind.code


def test_dianjiang_through_its_codes():
    found = resolve("512322")
    assert found.chain == ("512322", "517021", "500231")
    assert [(step.date, step.kind) for step in found.steps] == [("1995", Kind.RECODED), ("1997", Kind.RECODED)]
    assert [unit.name for unit in found.today] == ["垫江县"]
    assert not found.ambiguous
    assert not found.verified, "a second list has 511421 for 1995 to 1997"
    assert [(use.name, use.valid_to) for use in found.other_uses] == [("乐至县", "1982")]


def test_a_code_means_what_it_meant_on_the_day():
    register = divisions()
    assert register.name("512322", date(1981, 6, 1)) == "乐至县"
    assert register.name("512322", date(1990, 6, 1)) == "垫江县"
    assert register.name("511421", date(1996, 6, 1)) == "垫江县"
    assert register.name("511421") == "仁寿县"
    assert register.name("500110", date(2005, 1, 1)) == "万盛区"
    assert register.name("500110", date(2012, 1, 1)) == "綦江区"


def test_in_the_year_of_a_change_both_codes_are_found():
    register = divisions()
    day = date(1995, 3, 1)
    assert register.name("512322", day) == register.name("517021", day) == "垫江县"


def test_a_divided_unit_has_several_successors():
    found = divisions().resolve("500112")
    assert found.ambiguous
    assert [unit.name for unit in found.today] == ["两江新区", "北碚区"]
    assert {step.kind for step in found.steps} == {Kind.SPLIT}
    assert found.steps[0].document == "渝府发〔2025〕15号"
    assert found.verified


def test_merged_districts_lead_to_the_same_one():
    assert [divisions().resolve(code).today[0].code for code in ("500105", "500157")] == ["500157", "500157"]
    codes = ("511202", "511203", "511204", "511200", "512201", "512221")
    assert {divisions().resolve(code).today for code in codes} == {divisions().resolve("500101").today}


def test_a_wrong_target_of_the_source_is_not_followed():
    assert [unit.name for unit in divisions().resolve("513032").today] == ["万源市"]
    assert [unit.code for unit in divisions().resolve("513001").today] == ["511702"]
    assert {unit.code[:4] for unit in divisions().resolve("510102").today} == {"5101"}


def test_a_county_that_became_a_city_resolves_to_a_coarser_unit():
    found = divisions().resolve("512601")
    assert found.coarser
    assert [unit.level for unit in found.today] == [Level.CITY]


@pytest.mark.parametrize("code", ["500231", "500231000", "500231000000"])
def test_codes_filled_up_with_zeros(code):
    assert divisions().get(code).name == "垫江县"


def test_towns():
    register = divisions()
    assert register.get("500231204000").name == "大石乡"
    assert register.resolve("500109006").chain == ("500109006", "500157031")
    assert [unit.name for unit in register.path("500231204")] == ["重庆市", "垫江县", "大石乡"]


def test_a_path_is_that_of_its_time():
    register = divisions()
    assert [unit.name for unit in register.path("512322")] == ["四川省", "涪陵地区", "垫江县"]
    assert [unit.name for unit in register.path("510215", date(1990, 1, 1))] == ["四川省", "重庆市", "北碚区"]


def test_children():
    register = divisions()
    assert len(register.children("500000")) == 37
    assert len(register.children("500231")) == 24
    assert "江北区" in [unit.name for unit in register.children("500000", date(2020, 1, 1))]
    assert "江北区" not in [unit.name for unit in register.children("500000")]


def test_units_in_force_by_level():
    assert len(divisions().current(Level.CITY)) == 21
    assert len(divisions().current()) == 2 + 21 + 220 + 4129


def test_history_of_a_code():
    kinds = [change.kind for change in divisions().history("500157")]
    assert kinds == [Kind.CREATED, Kind.SPLIT, Kind.MERGED]


@pytest.mark.parametrize(
    ("code", "at", "kind"),
    [
        ("50023", None, "division-code-malformed"),
        ("500231204001", None, "division-code-malformed"),
        ("５００２３１", None, "division-code-malformed"),
        ("110101", None, "division-unknown"),
        ("500157", date(2020, 1, 1), "division-not-then"),
    ],
)
def test_refusals_name_the_field(code, at, kind):
    assert refusal(code, at) == kind


def test_tables_with_a_loose_end_are_refused_when_met():
    row = Division(
        code="500199", name="某区", level=Level.COUNTY, valid_to="2001", successors=("500231",), status=Status.FORMER
    )
    broken = Division(code="500231", name="垫江县", level=Level.COUNTY, valid_from="2010")
    with pytest.raises(ValueError, match="500199"):
        Divisions([row, broken], []).resolve("500199")
