"""Both ways of judging a table come to the same report, whatever the standard and however dirty the rows."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from twincity.engines.catalogue.columnar import Table
from twincity.engines.catalogue.columnar.engine import connect
from twincity.engines.catalogue.columnar.runner import check_table
from twincity.engines.catalogue.columnar.sql import name
from twincity.engines.catalogue.rules import Standard, check_rows, validate_standard

DAY = date(2026, 9, 30)
NAMES = ("a", "b", "c", "d")
SET = frozenset({"1", "x", "", "2024-01-01", "é"})
TITLE = {"zh-Hans": "题", "en": "title"}
KINDS = ("string", "integer", "decimal", "date", "datetime", "code", "boolean", "point")
PATTERNS = (
    "[0-9]{2}", r"\d+", r"[A-Z]\w*", r"(?:ab|cd)?x{,2}", r"[^,]+", r"\u4e00.", ".*", r"[\d-]{1,8}", r"a\.b", r"\bx",
    "x{1001}", r"a$", r"^a", "a\nb",
)  # fmt: skip
LIMITS = {
    "integer": ("-5", "0", "7", "99999999999999999999", "9007199254740993"),
    "decimal": ("-1.5", "0.1", "2", "0.30000000000000004"),
    "date": ("2024-01-01", "2025-12-31"),
    "datetime": ("2024-01-01T00:00:00Z", "2025-06-01T12:00:00+08:00"),
}
CELLS = (
    "0", "-0", "1", "7", "8", "-5", "-6", "007", " 5", "1_0", "+3", "12", "99999999999999999999",
    "100000000000000000000", "9007199254740993", "9007199254740992", "0.1", "0.10", "-0.0", "1.", ".5",
    "0.30000000000000004", "0.300000000000000040001", "NaN", "1E2", "1" * 400, "Infinity",
    "2024-01-01", "2024-02-30", "2023-02-29", "0000-01-01", "2024-01", "2024", "2024-13-01", "9999-12-31",
    "2024-01-01T00:00:00Z", "2024-01-01T00:00:00", "2024-01-01T24:00:00Z", "2024-01-01T00:00:60Z",
    "2024-01-01T08:00:00.5+08:00", "2024-01-01T08:00:00.500+08:00", "2024-01-01T00:00:00+99:00",
    "2024-02-30T00:00:00Z", "0000-02-03T00:00:00Z", "2024-01-01T00:00:00+05:60", "20240101T000000Z",
    "true", "false", "True", "106.5,29.5", "180,90", "180.01,1", "-180.0,-90.00", "200,1", "106.5, 29.5", "179.99,91",
    "ab", "abx", "abxx", "x", "xx", "a.b", "a\nb", "a\n", "a", "AB", "Ab9", "é", "一丁", "一", "１２", "😀", "x 1",
    "1 x ab", "1  x", " ", "a" * 2049, "it's", 'say "so"', "null",
)  # fmt: skip


@st.composite
def fields(draw, named):
    kind = draw(st.sampled_from(KINDS))
    found = {"name": named, "title": TITLE, "type": kind, "required": draw(st.booleans()), "key": draw(st.booleans())}
    found["grade"] = draw(st.sampled_from(["general-1", "general-3"]))
    if kind == "date":
        found["precision"] = draw(st.sampled_from(["day", "month", "year"]))
    if draw(st.booleans()):
        found["min_length"] = draw(st.integers(0, 3))
        found["max_length"] = draw(st.integers(3, 12))
    if draw(st.booleans()):
        found["pattern"] = draw(st.sampled_from(PATTERNS))
    choice = draw(st.sampled_from(["", "values", "list", "set"])) if kind != "code" else "list"
    if choice == "values":
        found["values"] = draw(st.lists(st.sampled_from(CELLS), min_size=1, max_size=4, unique=True))
    elif choice:
        found["codes"] = {"list": "own", "set": "outside"}[choice]
    if kind in LIMITS:
        found |= draw(
            st.fixed_dictionaries({}, optional={w: st.sampled_from(LIMITS[kind]) for w in ("minimum", "maximum")})
        )
    return found


@st.composite
def checks(draw):
    one, other = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
    return draw(
        st.sampled_from(
            [
                {"type": "unique", "fields": sorted({one, other})},
                {"type": "reference", "field": one, "to": other},
                {"type": "reference", "field": one, "to": other, "separator": " "},
                {"type": "reference", "field": one, "to": "outside"},
                {"type": "reference", "field": one, "to": "outside", "separator": "x"},
                {"type": "ordered", "first": one, "second": other},
                {"type": "matches", "field": one, "pattern": draw(st.sampled_from(PATTERNS))},
                {"type": "among", "field": one, "codes": "own"},
                {"type": "among", "field": one, "codes": "outside"},
                {"type": "among", "field": one, "values": ["x", "1"]},
                {"type": "starts-with", "field": one, "prefix": other},
                {"type": "filled", "field": one},
                {"type": "fresh", "field": one, "days": draw(st.sampled_from([1, 1000]))},
                {"type": "delivered", "rows": draw(st.sampled_from([1, 9]))},
            ]
        )
    )


@st.composite
def standards(draw):
    rules = []
    for number in range(draw(st.integers(0, 4))):
        check = draw(checks())
        rule = {"id": f"r{number}", "kind": "accuracy", "title": TITLE, "check": check}
        rule["threshold"] = draw(st.sampled_from([1000, 500]))
        if check["type"] not in {"fresh", "delivered"}:
            when = st.fixed_dictionaries(
                {"field": st.sampled_from(NAMES), "values": st.lists(st.sampled_from(["", *CELLS[:9]]), max_size=3)}
            )
            rule["when"] = draw(st.lists(when, max_size=2))
        rules.append(rule)
    made = {
        "id": "test",
        "version": "1",
        "title": TITLE,
        "fields": [draw(fields(each)) for each in NAMES],
        "lists": [{"id": "own", "title": TITLE, "codes": [{"code": c, "title": TITLE} for c in ("x", "1", "it's")]}],
        "external": ["outside"],
        "rules": rules,
    }
    return msgspec.convert(made, Standard)


cells = st.one_of(
    st.none(), st.just(""), st.sampled_from(CELLS), st.text(max_size=4).filter(lambda text: "\0" not in text)
)
tables = st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, cells)), max_size=12)


@pytest.fixture(scope="module")
def place():
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def write(place: Path, rows: list[dict[str, str | None]], group: int = 2048) -> Table:
    file = place / "table.parquet"
    connection = connect(place)
    connection.execute(f"CREATE TABLE t ({', '.join(f'{name(each)} VARCHAR' for each in NAMES)})")
    if rows:
        connection.executemany(
            f"INSERT INTO t VALUES ({', '.join('?' * len(NAMES))})", [[row[each] for each in NAMES] for row in rows]
        )
    connection.execute(f"COPY t TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE {group})")
    connection.close()
    return Table(str(file), {each: each for each in NAMES})


def both(place, standard, rows, **more):
    by_row = check_rows(standard, rows, today=DAY, sets={"outside": SET}, keep=3)
    connection = connect(place)
    table = write(place, rows)
    by_column = check_table(connection, table, standard, today=DAY, sets={"outside": SET}, keep=3, **more)
    connection.close()
    return by_row, by_column


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(standards(), tables)
def test_outcome_by_outcome(place, standard, rows):
    assume(not validate_standard(standard))
    by_row, by_column = both(place, standard, rows)
    for expected, found in zip(by_row.outcomes, by_column.outcomes, strict=True):
        assert found == expected
    assert by_column == by_row
