"""Rows a second of a quality run over a register of legal persons, against the same rules by hand in plain DuckDB SQL.

A million rows, 13 fields and 35 rules, of which one row in a hundred breaks one or another. The run gives a report with
counts, scores and the first failing rows; the plain query only counts. Both read the same Parquet file, each in a
process of its own with two threads and the same bound on memory, and must count alike.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from bench.report import Report, progress
from twincity.engines.catalogue.columnar import Table
from twincity.engines.catalogue.columnar.engine import connect
from twincity.engines.catalogue.columnar.runner import check_table
from twincity.engines.catalogue.rules import Standard

ROWS, FEW = 1_000_000, 400_000
DAY = date(2026, 9, 30)
MEMORY = "384MB"
USCC = "[159Y][1239][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"
PHONE = "(?:1[3-9][0-9]{9})|(?:0[0-9]{2,3}-[0-9]{7,8})"
ID = "[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]"
STATUSES = ("active", "closed", "suspended", "revoked")
KINDS = ("company", "branch", "institution", "society", "cooperative")
DIRT = """
COPY (
  SELECT
    CASE WHEN i % 211 = 0 THEN '9150X' WHEN i % 307 = 0 THEN '91500000' || lpad((i - 1)::VARCHAR, 10, '0')
         ELSE '91500000' || lpad(i::VARCHAR, 10, '0') END AS uscc,
    CASE WHEN i % 401 = 0 THEN '' ELSE '重庆市第' || (i % 90000) || '贸易有限公司' END AS name,
    CASE WHEN i % 503 = 0 THEN 'shop'
         ELSE ['company','branch','institution','society','cooperative'][i % 5 + 1] END AS kind,
    CASE WHEN i % 601 = 0 THEN '5x0101'
         ELSE '5' || (i % 2) || '01' || lpad((i % 38 + 1)::VARCHAR, 2, '0') END AS division,
    CASE WHEN i % 701 = 0 THEN '2024-02-30' ELSE (DATE '1990-01-01' + (i % 12000)::INT)::VARCHAR END AS founded,
    CASE WHEN i % 5 > 0 THEN NULL WHEN i % 809 = 0 THEN '1980-01-01'
         ELSE (DATE '2023-01-01' + (i % 900)::INT)::VARCHAR END AS ended,
    CASE WHEN i % 907 = 0 THEN '-1' ELSE (i % 100000)::VARCHAR || '.50' END AS capital,
    CASE WHEN i % 1009 = 0 THEN '3.5' ELSE (i % 5000)::VARCHAR END AS staff,
    CASE WHEN i % 1103 = 0 THEN '12345' ELSE '138' || lpad((i % 100000000)::VARCHAR, 8, '0') END AS phone,
    CASE WHEN i % 1201 = 0 THEN '50022519900230123'
         ELSE '500225199001' || lpad((i % 28 + 1)::VARCHAR, 2, '0') || '123X' END AS person,
    ['active','closed','suspended','revoked'][CASE WHEN i % 5 = 0 THEN 2 ELSE 1 END] AS status,
    CASE WHEN i % 1301 = 0 THEN '206.1' ELSE (105 + (i % 5000) / 1000.0)::VARCHAR END AS lng,
    CASE WHEN i % 97 = 0 AND i > 0 THEN '91500000' || lpad((i // 97 * 1000000 + 7)::VARCHAR, 10, '0')
         ELSE '9150000000000001' || lpad((i % 100)::VARCHAR, 2, '0') END AS parent
  FROM range({rows}) AS t(i)
) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 122880)
"""
PLAIN = f"""
SELECT count(*),
  count_if(coalesce(uscc, '') = ''), count_if(uscc <> '' AND NOT (length(uscc) BETWEEN 18 AND 18)),
  count_if(length(uscc) = 18 AND NOT regexp_full_match(uscc, '{USCC}')),
  count_if(coalesce(name, '') = ''), count_if(name <> '' AND NOT (length(name) BETWEEN 2 AND 100)),
  count_if(coalesce(kind, '') = ''), count_if(kind <> '' AND kind NOT IN {KINDS}),
  count_if(coalesce(division, '') = ''),
  count_if(division <> '' AND NOT regexp_full_match(division, '5[01][0-9]{{4}}')),
  count_if(coalesce(founded, '') = ''), count_if(founded <> '' AND TRY_CAST(founded AS DATE) IS NULL),
  count_if(TRY_CAST(founded AS DATE) NOT BETWEEN DATE '1949-10-01' AND DATE '2026-12-31'),
  count_if(ended <> '' AND TRY_CAST(ended AS DATE) IS NULL),
  count_if(capital <> '' AND NOT regexp_full_match(capital, '-?(0|[1-9][0-9]*)(\\.[0-9]+)?')),
  count_if(TRY_CAST(capital AS DOUBLE) < 0 OR TRY_CAST(capital AS DOUBLE) > 1e12),
  count_if(staff <> '' AND NOT regexp_full_match(staff, '-?(0|[1-9][0-9]*)')),
  count_if(regexp_full_match(staff, '[0-9]+') AND TRY_CAST(staff AS BIGINT) NOT BETWEEN 0 AND 1000000),
  count_if(phone <> '' AND NOT regexp_full_match(phone, '{PHONE}')),
  count_if(coalesce(person, '') = ''), count_if(person <> '' AND NOT regexp_full_match(person, '{ID}')),
  count_if(coalesce(status, '') = ''), count_if(status <> '' AND status NOT IN {STATUSES}),
  count_if(lng <> '' AND NOT regexp_full_match(lng, '-?(0|[1-9][0-9]*)(\\.[0-9]+)?')),
  count_if(TRY_CAST(lng AS DOUBLE) NOT BETWEEN 73 AND 136),
  count_if(status = 'closed' AND coalesce(ended, '') = ''),
  count_if(ended <> '' AND ended < founded),
  count_if(NOT starts_with(uscc, '9')),
  max(founded) FILTER (founded <= '{DAY}')
FROM read_parquet($file)
"""
KEYS = (
    "SELECT count(*) - count(DISTINCT uscc) FROM read_parquet($file)",
    "SELECT count(*) - count(DISTINCT (name, division)) FROM read_parquet($file) WHERE name <> '' OR division <> ''",
    """SELECT count(*) FROM (SELECT parent FROM read_parquet($file) WHERE parent <> '')
    ANTI JOIN (SELECT uscc FROM read_parquet($file)) ON parent = uscc""",
)
"""What no single row can tell."""


def run(*, quick: bool) -> Report:
    """Measure both in turn."""
    runs, many = (5, FEW) if quick else (7, ROWS)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        place = Path(folder)
        file = place / "register.parquet"
        in_child(partial(make, many), place, file)
        ours: list[tuple[float, int, list[int]]] = []
        plain: list[tuple[float, int, list[int]]] = []
        for attempt in range(runs):
            pair = [(ours, judged), (plain, counted)]
            for found, work in reversed(pair) if attempt % 2 else pair:  # neither is always the one with a warm disk
                found.append(in_child(work, place, file))
            rates = many / ours[-1][0], many / plain[-1][0]
            progress(f"run {attempt + 1}: {rates[0]:,.0f} rows/s with a report; plain SQL {rates[1]:,.0f} rows/s")
            if ours[-1][2] != plain[-1][2]:
                raise AssertionError(f"the two count differently: {ours[-1][2]} and {plain[-1][2]}")
    ratio = statistics.median(other[0] / own[0] for own, other in zip(ours, plain, strict=True))
    figures = {**_figures(ours, many), "rules": len(ours[0][2]) - 1, "rows": many, "failing": sum(ours[0][2][1:])}
    peer: dict[str, object] = {"name": "the same rules in plain DuckDB SQL", "figures": _figures(plain, many)}
    return Report("quality", figures, peer, ratio)


def _figures(runs: list[tuple[float, int, list[int]]], many: int) -> dict[str, object]:
    return {
        "rows_per_s": round(many / statistics.median(seconds for seconds, _, _ in runs)),
        "runs": [round(many / seconds) for seconds, _, _ in runs],
        "peak_mb": max(peak for _, peak, _ in runs) // 1024,
    }


def in_child(work: Callable[[Path, Path], list[int]], place: Path, file: Path) -> tuple[float, int, list[int]]:
    """Seconds of the work, kilobytes that its process took at the most, and what it counted."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_child, args=(there, work, place, file))
    process.start()
    there.close()
    found: tuple[float, int, list[int]] = here.recv()
    process.join()
    return found


def _child(there: Connection, work: Callable[[Path, Path], list[int]], place: Path, file: Path) -> None:
    started = time.perf_counter()
    counts = work(place, file)
    seconds = time.perf_counter() - started
    there.send((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, counts))


def make(many: int, place: Path, file: Path) -> list[int]:
    """The register with its dirt."""
    connect(place, memory=MEMORY).execute(DIRT.format(rows=many, file=file))
    return []


def judged(place: Path, file: Path) -> list[int]:
    """A whole quality run; rows, and failures by rule but for those that a text cannot break."""
    standard = register()
    table = Table(str(file), {field.name: field.name for field in standard.fields})
    report = check_table(connect(place, memory=MEMORY), table, standard, today=DAY)
    texts = {f"{field.name}.type" for field in standard.fields if field.type in {"string", "code"}}
    free = {*texts, "table.columns", "newest"}
    return [report.rows, *(each.failed for each in report.outcomes if each.rule not in free)]


def counted(place: Path, file: Path) -> list[int]:
    """The same rules by hand."""
    connection = connect(place, memory=MEMORY)
    given = {"file": str(file)}
    rows, *single, _newest = connection.execute(PLAIN, given).fetchone() or ()
    unique, pairs, strange = (connection.execute(query, given).fetchone()[0] for query in KEYS)  # type: ignore[index]
    *fields, filled, ordered, begins = single
    return [rows, *fields, unique, filled, ordered, begins, pairs, strange]


def register() -> Standard:
    """A standard after the usual columns of a register of legal persons."""
    fields = [
        {"name": "uscc", "key": True, "required": True, "min_length": 18, "max_length": 18, "pattern": USCC},
        {"name": "name", "required": True, "min_length": 2, "max_length": 100},
        {"name": "kind", "type": "code", "required": True, "values": KINDS},
        {"name": "division", "required": True, "pattern": "5[01][0-9]{4}"},
        {"name": "founded", "type": "date", "required": True, "minimum": "1949-10-01", "maximum": "2026-12-31"},
        {"name": "ended", "type": "date"},
        {"name": "capital", "type": "decimal", "minimum": "0", "maximum": "1000000000000"},
        {"name": "staff", "type": "integer", "minimum": "0", "maximum": "1000000"},
        {"name": "phone", "pattern": PHONE, "grade": "general-3"},
        {"name": "person", "required": True, "pattern": ID, "grade": "general-4"},
        {"name": "status", "type": "code", "required": True, "values": STATUSES},
        {"name": "lng", "type": "decimal", "minimum": "73", "maximum": "136"},
        {"name": "parent"},
    ]
    rules = [
        ("closed-has-end", {"type": "filled", "field": "ended"}, [{"field": "status", "values": ["closed"]}]),
        ("in-order", {"type": "ordered", "first": "founded", "second": "ended"}, []),
        ("register-office", {"type": "matches", "field": "uscc", "pattern": "9.*"}, []),
        ("one-name", {"type": "unique", "fields": ["name", "division"]}, []),
        ("parent-exists", {"type": "reference", "field": "parent", "to": "uscc"}, []),
        ("newest", {"type": "fresh", "field": "founded", "days": 4000}, []),
    ]
    title = {"zh-Hans": "题", "en": "title"}
    made = {
        "id": "legal-person",
        "version": "1",
        "title": title,
        "fields": [{"title": title, **field} for field in fields],
        "rules": [
            {"id": name, "kind": "accuracy", "title": title, "check": check, "when": when}
            for name, check, when in rules
        ],
    }
    return msgspec.convert(made, Standard)
