"""The division standard over the shipped table, and over rows broken on purpose."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from twincity.apps.sharing.divisions.tables import DIVISIONS, FOLDER
from twincity.engines.catalogue.rules import Quality, check_rows, read_standard, validate_standard

STANDARD = read_standard((FOLDER.parent / "standards" / "division.json").read_bytes())
DAY = date(2026, 11, 22)
PROVINCE = {"code": "500000", "name": "重庆市", "level": "province", "status": "current", "verified": "true"}
COUNTY = {
    "code": "500231",
    "name": "垫江县",
    "level": "county",
    "parent": "500000",
    "valid_from": "2025",
    "lng": "107.33",
    "lat": "30.32",
    "datum": "WGS-84",
    "status": "current",
    "verified": "true",
}
TOWN = {
    "code": "500231101",
    "name": "新民镇",
    "level": "town",
    "parent": "500231",
    "status": "current",
    "verified": "true",
}
FORMER = {
    **COUNTY,
    "code": "517021",
    "parent": "500000",
    "valid_from": "1995",
    "valid_to": "1997",
    "successors": "500231",
    "status": "former",
}
GOOD = [PROVINCE | {"lng": "106.55", "lat": "29.56", "datum": "WGS-84"}, COUNTY, TOWN, FORMER]
CITY = {**COUNTY, "code": "510100", "name": "成都市", "level": "city"}


def table() -> list[dict[str, str]]:
    with (FOLDER / DIVISIONS).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_standard_is_sound():
    assert validate_standard(STANDARD) == ()


def test_the_standard_has_the_columns_of_the_table():
    assert tuple(table()[0]) == tuple(field.name for field in STANDARD.fields)


def test_the_shipped_table_fails_only_where_it_is_known_to():
    report = check_rows(STANDARD, table(), today=DAY, sets=known(table()))
    assert report.verdict == "failed"
    assert {rule: report.outcome(rule).failed for rule in report.failed_rules()} == {
        "datum-stated": 244,
        "end-given": 82,
        "successors-given": 82,
        "seat-known": 1,
        "town-form": 7,
    }
    assert report.scores == {
        Quality.ACCURACY: 895,
        Quality.COMPLETENESS: 971,
        Quality.CONSISTENCY: 1000,
        Quality.TIMELINESS: 1000,
        Quality.CONFORMITY: 999,
        Quality.ACCESSIBILITY: 1000,
    }
    assert report.outcome("seat-known").failures[0].key.startswith("500157 两江新区")
    assert report.outcome("mostly-verified").score == 952


def known(rows):
    """The set of codes that parents and successors must be in."""
    return {"division": {row["code"] for row in rows}}


def test_good_rows_keep_every_rule():
    assert check_rows(STANDARD, GOOD, today=DAY, sets=known(GOOD)).failed_rules() == ()


BROKEN = {
    "code.required": TOWN | {"code": ""},
    "code.type": TOWN | {"code": 500231102},
    "code.pattern": TOWN | {"code": "50023110"},
    "name.required": TOWN | {"code": "500231102", "name": None},
    "name.type": TOWN | {"name": 7},
    "name.length": TOWN | {"name": "镇" * 31},
    "level.required": TOWN | {"level": ""},
    "level.type": TOWN | {"level": 4},
    "level.list": TOWN | {"level": "village"},
    "parent.type": TOWN | {"parent": 500231},
    "parent.pattern": TOWN | {"parent": "5002"},
    "valid_from.type": COUNTY | {"valid_from": "1997-13"},
    "valid_from.range": COUNTY | {"valid_from": "1949-10-01"},
    "valid_to.type": FORMER | {"valid_to": "soon"},
    "valid_to.range": FORMER | {"valid_to": "1979"},
    "lng.type": COUNTY | {"lng": 107.33},
    "lng.range": COUNTY | {"lng": "30.32"},
    "lat.type": COUNTY | {"lat": "30°19′"},
    "lat.range": COUNTY | {"lat": "107.33"},
    "datum.type": COUNTY | {"datum": 4490},
    "datum.list": COUNTY | {"datum": "Beijing 54"},
    "successors.type": FORMER | {"successors": ["500231"]},
    "successors.length": FORMER | {"successors": "500231 " * 20},
    "status.required": TOWN | {"status": ""},
    "status.type": TOWN | {"status": True},
    "status.list": TOWN | {"status": "gone"},
    "verified.required": TOWN | {"verified": ""},
    "verified.type": TOWN | {"verified": "yes"},
    "note.type": TOWN | {"note": 1},
    "note.length": TOWN | {"note": "注" * 401},
    "table.columns": TOWN | {"population": "20000"},
    "table.key": COUNTY,
    "one-use-at-a-time": FORMER | {"name": "别名"},
    "one-unit-per-code": COUNTY | {"valid_from": "2024"},
    "one-name-per-parent": COUNTY | {"code": "500232"},
    "datum-stated": COUNTY | {"datum": "unstated"},
    "mostly-verified": TOWN | {"code": "500231102", "verified": "false"},
    "parent-given": COUNTY | {"parent": ""},
    "end-given": FORMER | {"valid_to": ""},
    "successors-given": FORMER | {"successors": ""},
    "seat-known": CITY | {"lng": "", "lat": ""},
    "latitude-given": COUNTY | {"lat": ""},
    "parent-exists": TOWN | {"parent": "500299"},
    "successors-exist": FORMER | {"successors": "500231 500299"},
    "period-in-order": FORMER | {"valid_from": "1998"},
    "town-in-county": TOWN | {"parent": "500000"},
    "province-form": PROVINCE | {"code": "500100"},
    "city-form": CITY | {"code": "510000"},
    "county-form": COUNTY | {"code": "500200"},
    "town-form": TOWN | {"code": "500231601"},
}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_fires_on_a_row_that_breaks_it(rule):
    report = check_rows(STANDARD, [*GOOD, BROKEN[rule]], today=DAY, sets=known(GOOD))
    assert rule in report.failed_rules()
    outcome = report.outcome(rule)
    assert outcome.failed == 1
    assert [failure.row for failure in outcome.failures] == [5]
    assert report.verdict == "failed"


def test_the_rules_of_the_whole_table_fire():
    old = [row | {"valid_from": "1997"} for row in GOOD if row is not PROVINCE]
    report = check_rows(STANDARD, old, today=DAY, sets=known(GOOD))
    assert "recent" in report.failed_rules()
    assert report.outcome("recent").failures[0].value == "1997"
    assert check_rows(STANDARD, [], today=DAY, sets=known(GOOD)).outcome("arrived").score == 0


def test_every_rule_of_the_standard_is_tried():
    report = check_rows(STANDARD, GOOD, today=DAY, sets=known(GOOD))
    assert {outcome.rule for outcome in report.outcomes} == {*BROKEN, "recent", "arrived"}
