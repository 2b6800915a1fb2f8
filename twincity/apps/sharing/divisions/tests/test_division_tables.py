"""The shipped tables: counts, keys, parents, and that the two tables tell the same story."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from twincity.apps.sharing.divisions import Change, Division, Kind, Level, Status, read_changes, read_divisions
from twincity.apps.sharing.divisions.tables import CHANGES, DIVISIONS, FOLDER, to_csv


@pytest.fixture(scope="module")
def rows() -> list[Division]:
    return read_divisions()


@pytest.fixture(scope="module")
def changes() -> list[Change]:
    return read_changes()


def test_units_of_today(rows):
    counts = Counter(row.level for row in rows if row.status is Status.CURRENT)
    assert {level: counts[level] for level in (Level.PROVINCE, Level.CITY, Level.COUNTY)} == {
        Level.PROVINCE: 2,
        Level.CITY: 21,
        Level.COUNTY: 220,
    }
    assert sum(row.level is Level.TOWN for row in rows) == 4216


def test_counts_are_those_of_the_source_file(rows, changes):
    tables = {entry["file"]: entry for entry in tomllib.loads((FOLDER / "SOURCES.toml").read_text("utf-8"))["table"]}
    assert tables[DIVISIONS]["rows"] == len(rows)
    assert tables[DIVISIONS]["counts"] == {
        **Counter(row.status.value for row in rows),
        **Counter(row.level.value for row in rows),
    }
    told = Counter("source" if change.id.startswith("s") else "project" for change in changes)
    assert tables[CHANGES]["rows"] == len(changes)
    assert tables[CHANGES]["counts"] == dict(told)


def test_all_events_of_the_source_are_told_once(changes):
    numbers = [int(change.id[1:]) for change in changes if change.id.startswith("s")]
    assert sorted(numbers) == list(range(1, 586))
    assert len({change.id for change in changes}) == len(changes)


def test_tables_stay_small():
    assert sum((FOLDER / name).stat().st_size for name in (DIVISIONS, CHANGES)) < 400_000


def test_every_parent_was_there_at_the_time(rows):
    by_code = defaultdict(list)
    for row in rows:
        by_code[row.code].append(row)
    for row in rows:
        if row.level is Level.PROVINCE:
            assert row.parent == ""
            continue
        moment = row.valid_from or "1980"
        last = row.valid_to or "9999"
        above = [unit for unit in by_code[row.parent] if unit.valid_from < last and (unit.valid_to or "9999") > moment]
        assert above, f"{row.code} {row.name}"


def test_a_code_stands_for_one_unit_at_a_time(rows):
    by_code = defaultdict(list)
    for row in rows:
        if row.status is not Status.ALTERNATIVE:
            by_code[row.code].append(row)
    for uses in by_code.values():
        for earlier, later in pairwise(sorted(uses, key=lambda use: use.valid_from)):
            assert earlier.valid_to, earlier
            assert earlier.valid_to <= later.valid_from


def test_what_ended_is_told_by_the_history(rows, changes):
    """Successors of a former unit are exactly the new sides of its changes at its end."""
    told = defaultdict(set)
    for change in changes:
        if change.kind not in {Kind.REASSIGNED, Kind.CREATED} and change.new_code:
            told[change.old_code, change.old_name, change.date].add(change.new_code)
    for row in rows:
        if row.status is Status.FORMER and row.valid_to:
            assert told[row.code, row.name, row.valid_to] == set(row.successors)


def test_no_table_names_another_province(rows, changes):
    codes = (
        {row.code for row in rows} | {change.new_code for change in changes} | {change.old_code for change in changes}
    )
    assert {code[:2] for code in codes} == {"50", "51", ""}


def test_what_is_unsure_is_marked(rows, changes):
    early = [row for row in rows if "1980" < row.valid_to <= "1982"]
    assert len(early) == 181
    assert not any(row.verified for row in early)
    assert not any(change.verified for change in changes if change.kind is Kind.REASSIGNED)
    disputed = next(row for row in rows if row.code == "517021")
    assert not disputed.verified
    assert disputed.note


@pytest.mark.parametrize(
    ("code", "name", "towns"),
    [("500231", "垫江县", 24), ("511623", "邻水县", 25), ("511724", "大竹县", 31), ("500157", "两江新区", 42)],
)
def test_counties_of_the_first_members(rows, code, name, towns):
    (unit,) = [row for row in rows if row.code == code and row.status is Status.CURRENT]
    below = [row for row in rows if row.parent == code and row.status is Status.CURRENT]
    assert (unit.name, len(below)) == (name, towns)
    assert all(row.level is Level.TOWN for row in below)


def test_former_districts_keep_their_positions(rows):
    former = {row.code: row for row in rows if row.code in {"500105", "500112"}}
    assert former["500105"].successors == ("500157",)
    assert former["500112"].successors == ("500157", "500109")
    assert all(row.valid_to == "2025-11-06" and row.lng and row.datum == "unstated" for row in former.values())


def test_names_of_towns_carry_no_remarks(rows):
    assert not [row for row in rows if "撤销" in row.name]


@pytest.mark.parametrize(("name", "kind"), [(DIVISIONS, Division), (CHANGES, Change)])
def test_written_as_it_was_read(name, kind):
    read = read_divisions() if kind is Division else read_changes()
    assert to_csv(kind, read) == (FOLDER / name).read_text("utf-8")
