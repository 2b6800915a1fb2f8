from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.apps.sharing import rules
from twincity.apps.sharing.divisions import Division, Level, Status, divisions, read_divisions
from twincity.apps.sharing.services.publishing import STANDARD_FILE
from twincity.engines.catalogue import facade as catalogue
from twincity.kernel import canonical

UNITS = read_divisions()
DAYS = st.dates(date(1980, 1, 1), date(2026, 12, 31))
STANDARD = catalogue.read_standard(STANDARD_FILE.read_bytes())


def test_rows_have_the_fields_of_the_standard_and_its_name():
    assert list(rules.as_row(UNITS[0])) == [field.name for field in STANDARD.fields]
    assert STANDARD.id == rules.STANDARD


@given(st.sampled_from(UNITS))
def test_rows_are_json_without_floats_and_without_empty_text(unit):
    row = rules.as_row(unit)
    assert canonical.decode(canonical.encode(row)) == row
    assert "" not in row.values()


@given(DAYS, st.sampled_from([unit for unit in UNITS if unit.level is Level.COUNTY]))
def test_what_is_in_use_on_a_day_is_what_the_register_finds(day, unit):
    if rules.in_use(unit, day):
        assert divisions().get(unit.code, day) == unit


def test_today_is_what_is_in_force():
    assert {unit.status for unit in rules.select(UNITS)} == {Status.CURRENT}
    assert len(list(rules.select(UNITS, level=Level.COUNTY))) == len(divisions().current(Level.COUNTY))


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"parent": "500231", "name": "桂溪"}, {"桂溪街道"}),
        ({"level": Level.PROVINCE}, {"重庆市", "四川省"}),
        ({"name": "双桥区", "at": date(2005, 1, 1)}, {"双桥区"}),
        ({"name": "双桥区"}, set()),
    ],
)
def test_conditions_add_up(asked, names):
    assert {unit.name for unit in rules.select(UNITS, **asked)} == names


def test_a_former_unit_without_an_end_is_in_use_on_no_day():
    unit = Division(code="500231999", name="某镇", level=Level.TOWN, status=Status.FORMER)
    assert not rules.in_use(unit, date(1990, 1, 1))


@pytest.mark.parametrize(("division", "prefix"), [("500000", "50"), ("510100", "5101"), ("500231", "500231")])
def test_the_codes_of_a_territory_begin_alike(division, prefix):
    assert rules.territory(division) == prefix
