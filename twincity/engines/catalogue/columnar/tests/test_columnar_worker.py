"""The child process: what it refuses to read, what it leaves behind, how it is ended."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import threading
import zipfile
from datetime import date

import msgspec
import pytest

from twincity.engines.catalogue.columnar import Table
from twincity.engines.catalogue.columnar.engine import connect
from twincity.engines.catalogue.columnar.reading import extract, fingerprint, select, typed
from twincity.engines.catalogue.columnar.tabulating import tabulate
from twincity.engines.catalogue.columnar.tasks import (
    Check,
    Condition,
    Extract,
    Fingerprint,
    Select,
    Tabulate,
    Tabulated,
)
from twincity.engines.catalogue.columnar.worker import Answering, Worker
from twincity.engines.catalogue.documents import digest_rows
from twincity.engines.catalogue.rules import QualityReport, Standard
from twincity.kernel.problems import Problem


@pytest.fixture
def connection(tmp_path):
    opened = connect(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def read(connection, tmp_path):
    """Tabulates bytes as a delivery of a kind."""

    def tabulated(data: bytes, kind: str = "csv", **more) -> Tabulated:
        origin = tmp_path / "upload"
        if data:
            origin.write_bytes(data)
        task = Tabulate(kind=kind, origin=str(origin), target=str(tmp_path / "table.parquet"), **more)
        return tabulate(connection, task, tmp_path, lambda _done, _all: None)

    return tabulated


def refusal(read, data: bytes, kind: str = "csv") -> str:
    with pytest.raises(Problem) as refused:
        read(data, kind)
    assert refused.value.kind.code == "table-refused"
    return refused.value.text("en")


class TestReading:
    def test_every_digit_and_every_blank_is_kept(self, read):
        found = read(b"code,value\n0051,1.50\n,\n")
        assert found.first == (("0051", "1.50"), (None, None))
        assert [(each.name, each.type, each.filled) for each in found.columns] == [
            ("code", "string", 1),
            ("value", "decimal", 1),
        ]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    def test_encodings_and_separators(self, read, encoding, separator):
        text = f'名称{separator}说明\r\n重庆{separator}"含{separator}与""引号""\n及换行"\r\n'
        found = read(text.encode(encoding))
        assert found.first == (("重庆", f'含{separator}与"引号"\n及换行'),)

    def test_a_formula_is_a_text_like_any_other(self, read):
        assert read(b"a,b\n=1+1,@x\n").first == (("=1+1", "@x"),)

    def test_features_become_rows(self, read):
        point = {
            "type": "Feature",
            "properties": {"name": "站"},
            "geometry": {"type": "Point", "coordinates": [106.5, 29.1]},
        }
        line = {
            "type": "Feature",
            "properties": {"up": True},
            "geometry": {"type": "LineString", "coordinates": [[1, 2]]},
        }
        found = read(json.dumps({"type": "FeatureCollection", "features": [point, line]}).encode(), "geojson")
        assert [each.name for each in found.columns] == ["name", "point", "up", "geometry"]
        assert found.first[0][:2] == ("站", "106.5,29.1")
        assert found.columns[1].type == "point"

    def test_a_table_of_another_database(self, read, tmp_path):
        with sqlite3.connect(tmp_path / "office.db") as office:
            office.execute('CREATE TABLE "od d" (id INTEGER, name TEXT)')
            office.executemany('INSERT INTO "od d" VALUES (?, ?)', [(1, "甲"), (2, None)])
        office.close()
        (tmp_path / "upload").symlink_to(tmp_path / "office.db")
        url = f"sqlite:///{tmp_path / 'office.db'}"
        task = Tabulate(kind="sql", origin=url, target=str(tmp_path / "t.parquet"), table="od d")
        connection = connect(tmp_path)
        assert tabulate(connection, task, tmp_path, lambda *_: None).first == (("1", "甲"), ("2", None))
        for wanted in ("od d; DROP TABLE x", 'od d" --', "sqlite_master"):
            with pytest.raises(Problem, match="table-refused"):
                tabulate(connection, msgspec.structs.replace(task, table=wanted), tmp_path, lambda *_: None)
        connection.close()


class TestHostile:
    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"PK\x03\x04" + b"\0" * 50, "zip"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"\x7fELF\x02", "ELF"),
            (b"SQLite format 3\0", "SQLite"),
            (b"a,b\n1,\0\n", "binary"),
            (b"   \n", "empty"),
            (b",,\n1,2,3\n", "names no columns"),
            (b"a,b,A\n1,2,3\n", "twice"),
            (b"a,b\n1,2\n\xff\xff,1\n", "neither"),
            (b"x" * 300 + b",b\n1,2\n", "too long"),
            (b"a" * 2_000_000, "too long"),
            (b",".join(b"c%d" % n for n in range(1001)) + b"\n", "columns"),
        ],
    )
    def test_what_is_no_table_is_refused_in_words(self, read, data, word, tmp_path):
        assert word in refusal(read, data)
        assert not [path.name for path in tmp_path.iterdir() if path.suffix in {".parquet", ".draft", ".csv"}]

    def test_a_packed_bomb_is_never_unpacked(self, read, tmp_path):
        with zipfile.ZipFile(tmp_path / "bomb.csv", "w", zipfile.ZIP_DEFLATED) as bomb:
            bomb.writestr("a.csv", b"0" * 10_000_000)
        assert "zip" in refusal(read, (tmp_path / "bomb.csv").read_bytes())

    def test_rows_of_another_width_are_refused_and_named(self, read, tmp_path):
        assert refusal(read, b"a,b\n1,2\n1,2,3\n")
        assert not (tmp_path / "table.parquet").exists()

    @pytest.mark.parametrize("data", [b"{", b"[]", b'{"features": 1}', b"[" * 100_000, b'{"features": [1]}'])
    def test_what_is_no_geojson(self, read, data):
        assert "GeoJSON" in refusal(read, data, "geojson")

    @pytest.mark.parametrize("data", [b"PAR1", b"PAR1" + struct.pack("<I", 2**31) + b"PAR1", b"a,b\n"])
    def test_what_is_no_parquet(self, read, data):
        assert refusal(read, data, "parquet")

    def test_nothing_outside_the_folder_can_be_read(self, connection):
        with pytest.raises(Exception, match="disabled by configuration"):
            connection.execute("SELECT * FROM read_csv('/etc/passwd')")
        with pytest.raises(Exception, match="lock"):
            connection.execute("SET enable_external_access = true")


class TestRows:
    @pytest.fixture
    def table(self, read, tmp_path):
        read("k,n,city\nb,2,泸州\na,10,广安\nc,,泸州\n".encode())
        return Table(str(tmp_path / "table.parquet"), {"k": "k", "n": "n", "city": "city"})

    def test_conditions_order_and_pages(self, connection, table):
        asked = Select(table, ("k", "n"), order=("k",), limit=2)
        assert select(connection, asked) == [{"k": "a", "n": "10"}, {"k": "b", "n": "2"}]
        assert select(connection, msgspec.structs.replace(asked, after=("b",))) == [{"k": "c", "n": None}]
        for op, values, number, found in [
            ("min", ("3",), True, ["a"]),
            ("min", ("3",), False, []),
            ("in", ("2", "10"), False, ["a", "b"]),
            ("in", (), False, []),
            ("prefix", ("1", "' OR 1=1 --"), False, ["a"]),
        ]:
            condition = Condition("n", op, values, number=number)
            rows = select(connection, msgspec.structs.replace(asked, conditions=(condition,)))
            assert [row["k"] for row in rows] == found, op

    @pytest.mark.parametrize("kind", ["parquet", "csv", "ndjson"])
    def test_an_extract_is_the_same_each_time(self, connection, table, tmp_path, kind):
        made = []
        for number in range(2):
            task = Extract(table, ("k",), str(tmp_path / f"x{number}"), kind, (Condition("city", "in", ("泸州",)),))
            made.append(extract(connection, task))
        assert made[0] == made[1]
        assert (tmp_path / "x0").read_bytes() == (tmp_path / "x1").read_bytes()
        assert made[0].rows == 2

    def test_lines_of_json_hold_rows_as_calls_give_them(self, connection, table, tmp_path):
        task = Extract(table, ("k", "n", "city"), str(tmp_path / "x"), "ndjson", integers=("n",))
        extract(connection, task)
        rows = [json.loads(line) for line in (tmp_path / "x").read_text("utf-8").splitlines()]
        assert rows == [
            {"k": "b", "n": 2, "city": "泸州"},
            {"k": "a", "n": 10, "city": "广安"},
            {"k": "c", "n": None, "city": "泸州"},
        ]

    def test_the_fingerprint_is_the_catalogue_s(self, connection, table, tmp_path):
        rows = [{"k": "b", "n": 2, "city": "泸州"}, {"k": "a", "n": 10, "city": "广安"}, {"k": "c", "city": "泸州"}]
        found = fingerprint(connection, Fingerprint(table, integers=("n",)), tmp_path, lambda *_: None)
        assert found == digest_rows(rows)

    def test_only_plain_numbers_and_truths_become_such(self):
        row = {"a": "7", "b": "007", "c": "true", "d": "True", "e": "1" * 30, "f": None, "g": "-3"}
        expected = {"a": 7, "b": "007", "c": True, "d": "True", "e": "1" * 30, "g": -3}
        assert typed(dict(row), ("a", "b", "e", "f", "g"), ("c", "d")) == expected


TITLE = {"zh-Hans": "题", "en": "title"}
STANDARD = msgspec.convert(
    {"id": "s", "version": "1", "title": TITLE, "fields": [{"name": "v", "title": TITLE, "pattern": "[0-4]"}]}, Standard
)


def check(tmp_path, rows: int) -> Check:
    connection = connect(tmp_path)
    target = tmp_path / "big.parquet"
    query = f"SELECT (i % 6)::VARCHAR AS v FROM range({rows}) t(i)"
    connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")
    connection.close()
    return Check(Table(str(target), {"v": "v"}), STANDARD, {}, date(2026, 9, 30))


class TestTheChild:
    def test_it_reports_progress_and_then_the_report(self, tmp_path):
        seen: list[tuple[int, int]] = []
        with Worker(tmp_path) as worker:
            report = worker.ask(check(tmp_path, 600_000), QualityReport, lambda *both: seen.append(both))
        assert seen == [(491_520, 600_000), (600_000, 600_000)]
        assert report.outcome("v.pattern").failed == 100_000
        assert [each.row for each in report.outcome("v.pattern").failures][:2] == [6, 12]

    def test_cancelled_it_tells_what_it_has_done(self, tmp_path):
        with Worker(tmp_path) as worker:
            report = worker.ask(check(tmp_path, 2_000_000), QualityReport, lambda *_: worker.cancel())
        assert report.verdict == "cancelled"
        assert 0 < report.rows < 2_000_000
        assert report.outcome("v.pattern").checked == report.rows

    def test_killed_it_leaves_no_table_and_says_so(self, tmp_path):
        origin = tmp_path / "upload"
        with origin.open("wb") as file:
            file.write(b"a,b\n" + b"1,2\n" * 3_000_000)
        task = Tabulate(kind="csv", origin=str(origin), target=str(tmp_path / "table.parquet"))
        with Worker(tmp_path) as worker:
            threading.Timer(0.5, worker.kill).start()
            with pytest.raises(Problem, match="table-worker"):
                worker.ask(task, Tabulated)
        assert not (tmp_path / "table.parquet").exists()

    def test_it_ends_with_the_node(self, tmp_path):
        worker = Worker(tmp_path)
        pid = worker.pid
        worker.close()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    def test_the_answering_child_ends_when_idle_and_comes_back(self, tmp_path):
        task = Select(check(tmp_path, 10).table, ("v",), limit=1)
        answering = Answering(tmp_path)
        for _ in range(2):
            assert answering.ask(task, list[dict[str, str]]) == [{"v": "0"}]
            answering.rest(0)
