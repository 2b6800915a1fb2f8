"""The catalogue at scale: search, a change on its way through a circle, a first synchronisation, a harvest, memory.

One node harvests synthetic datasets of fixed seed (:mod:`bench.datasets`) into signed entries. A new member copies them
all. Searches run on that copy, first and deep pages, with all facets counted. Beside them the same questions by reading
every row, as searches did before, and by bare SQLite FTS5 without facets, which is the physical limit here. CPU time is
told beside the time that passed, since others may be using the machine.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench.datasets import datasets, questions
from bench.node import cpu, pid, resident
from bench.report import Report, progress
from twincity.kernel.locale_text import LocalText
from twincity.node.testkit import CHONGQING, SICHUAN, LiveNode, live, live_circle
from twincity.node.testkit.live import Circle, Spec

LIMIT_MS = 50
PATIENCE = 1800.0


def run(*, quick: bool) -> Report:
    """Measure; ``quick`` takes 3,000 datasets and 5 nodes instead of 100,000 and 20."""
    live.PATIENCE = 120.0  # so many processes on few cores
    count, nodes, asked = (3_000, 5, 300) if quick else (100_000, 20, 1_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with live_circle(folder / "pair", [CHONGQING, SICHUAN], apps=["sharing"]) as circle:
            figures = pair(circle, folder, count, asked)
        with live_circle(folder / "spread", specs(nodes), apps=["sharing"], together=False) as circle:
            spread = [change(circle, number) for number in range(3 if quick else 10)]
        progress(f"a change on all {nodes} nodes: {max(spread):.2f} s at most")
    figures |= {"nodes": nodes, "change_visible_s": round(max(spread), 2)}
    peer = {"name": "every row read; bare FTS5 without facets", "figures": figures.pop("peer")}
    return Report("catalogue", figures, peer, LIMIT_MS / float(str(figures["search_p95_ms"])))


def specs(nodes: int) -> list[Spec]:
    """Two anchors, and members below the first of them."""
    below = [
        Spec(f"m{n}", f"m{n}.{CHONGQING.id}", LocalText(f"成员{n}", f"Member {n}"), f"5001{n + 1:02}", "cq")
        for n in range(nodes - 2)
    ]
    return [CHONGQING, SICHUAN, *below]


def change(circle: Circle, number: int) -> float:
    """Seconds from publishing a dataset until every node finds it."""
    file = circle["sc"].home.path / "change.jsonl"
    word = f"unheard{number}"
    file.write_text(json.dumps({"name": word, "title": word}) + "\n", "utf-8")
    started = time.perf_counter()
    circle["sc"].operate("catalogue.harvest", {"source": word, "form": "ckan-lines", "address": str(file)})
    for node in circle.values():
        until(partial(_finds, node, word))
    return time.perf_counter() - started


def pair(circle: Circle, folder: Path, count: int, asked: int) -> dict[str, Any]:
    """Harvest on one node while the other is down, start it, search on it."""
    source, copy = circle["cq"], circle["sc"]
    many = folder / "many.jsonl"
    many.write_text(json.dumps(package("many", 10_000)) + "\n", "utf-8")
    before = resident(source)
    source.operate("catalogue.harvest", {"source": "many", "form": "ckan-lines", "address": str(many)})
    memory = resident(source) - before
    progress(f"10,000 distributions: +{memory:.0f} MB")
    copy.stop()
    file = folder / "packages.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(as_package(each)) + "\n" for each in datasets(count))
    used = cpu(pid(source))
    rate = harvest(source, file, count)
    used = cpu(pid(source)) - used
    progress(f"harvest: {rate:.0f} datasets/s, {count / used:.0f} for each second of CPU")
    started = time.perf_counter()
    copy.start()
    until(lambda: indexed(copy) >= count)
    cold, cold_cpu = time.perf_counter() - started, cpu(pid(copy))
    progress(f"cold synchronisation of {count:,}: {cold:.1f} s, {cold_cpu:.1f} s of CPU")
    told = search_in(copy, asked)
    progress(json.dumps(told))
    return {
        "datasets": count,
        "search_p50_ms": told["p50"],
        "search_p95_ms": told["p95"],
        "search_p50_cpu_ms": told["p50_cpu"],
        "search_p95_cpu_ms": told["p95_cpu"],
        "cold_sync_s": round(cold, 1),
        "cold_sync_cpu_s": round(cold_cpu, 1),
        "harvest_per_s": round(rate),
        "harvest_per_cpu_s": round(count / used),
        "ten_thousand_distributions_mb": round(memory, 1),
        "copy_rss_mb": round(resident(copy)),
        "peer": {"scan_p95_ms": told["scan_p95"], "fts5_p95_ms": told["fts5_p95"]},
    }


def harvest(node: LiveNode, file: Path, count: int) -> float:
    """Datasets a second; a file a batch, since an operation's answer is not waited for longer than half a minute."""
    taken, part = 0.0, file.with_suffix(".part")
    with file.open(encoding="utf-8") as lines:
        for number, start in enumerate(range(0, count, 1_000)):
            part.write_text("".join(next(lines) for _ in range(min(1_000, count - start))), "utf-8")
            began = time.perf_counter()
            given = {"source": f"s{number}", "form": "ckan-lines", "address": str(part)}
            node.operate("catalogue.harvest", given)
            taken += time.perf_counter() - began
    return count / taken


def as_package(dataset: dict[str, Any]) -> dict[str, Any]:
    """A synthetic dataset as a CKAN package."""
    return {
        "name": dataset["name"],
        "title": f"{dataset['title']['zh-Hans']} {dataset['title']['en']}",
        "notes": dataset["description"]["zh-Hans"],
        "license_id": dataset["licence"],
        "frequency": dataset["rhythm"],
        "groups": [{"name": dataset["theme"]}],
        "resources": [],
        "extras": [
            {"key": "division", "value": dataset["division"]},
            {"key": "spatial", "value": json.dumps(_polygon(*map(float, dataset["bbox"])))},
        ],
    }


def _polygon(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [corners]}


def package(name: str, resources: int) -> dict[str, Any]:
    """A CKAN package with many resources."""
    url = "https://data.example/{}.csv"
    listed = [{"name": f"part {each}", "format": "CSV", "url": url.format(each)} for each in range(resources)]
    return {"name": name, "title": name, "resources": listed}


def found(node: LiveNode, text: str) -> int:
    """How many entries a node finds."""
    return len(node.operate("catalogue.search", {"text": text}))


def _finds(node: LiveNode, text: str) -> bool:
    return found(node, text) == 1


def indexed(node: LiveNode) -> int:
    """How many rows the search index of a node has; read beside it, so as not to disturb."""
    with sqlite3.connect(f"file:{node.home.path}/db/main.db?mode=ro", uri=True) as database:
        return int(database.execute("SELECT count(*) FROM catalogue_indexed").fetchone()[0])


def search_in(node: LiveNode, asked: int) -> dict[str, float]:
    """Latencies on a node's catalogue in a process of its own, in ms."""
    env = {**os.environ, "TWINCITY_HOME": str(node.home.path), "DJANGO_SETTINGS_MODULE": "twincity.node.settings"}
    command = [sys.executable, "-m", "bench.catalogue", str(asked)]
    output = subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout
    told: dict[str, float] = json.loads(output.splitlines()[-1])
    return told


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that will come."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        time.sleep(0.05)


def main() -> None:
    """Search the home of ``TWINCITY_HOME``; prints percentiles as JSON."""
    import django  # noqa: PLC0415  the settings need the home that this process was given

    django.setup()
    from twincity.engines.catalogue import queries  # noqa: PLC0415

    queries.search(())
    wall, used = [], []
    asked = list(questions(int(sys.argv[1])))
    for number, question in enumerate(asked):
        started, before = time.perf_counter(), time.process_time()
        answer = queries.search(**question)
        answer.entries(0 if number % 3 else max(0, min(500, answer.total - 50)), 50)
        wall.append(time.perf_counter() - started)
        used.append(time.process_time() - before)
    told = {"p50": ms(wall, 50), "p95": ms(wall, 95), "p50_cpu": ms(used, 50), "p95_cpu": ms(used, 95), **others(asked)}
    sys.stdout.write(json.dumps(told) + "\n")


def others(asked: list[dict[str, str]]) -> dict[str, float]:
    """The same texts by reading every row, and by FTS5 alone."""
    from django.db import connection  # noqa: PLC0415

    from twincity.engines.catalogue.documents import pieces  # noqa: PLC0415

    scans, bare = [], []
    with connection.cursor() as cursor:
        for question in [each for each in asked if each["text"]][:100]:
            found = pieces(question["text"])
            likes = " AND ".join("head || words LIKE %s" for _ in found)
            began = time.perf_counter()
            sql = f"SELECT slot FROM catalogue_indexed WHERE {likes} ORDER BY published DESC LIMIT 50"
            cursor.execute(sql, [f"%{each.pattern}%" for each in found])
            cursor.fetchall()
            scans.append(time.perf_counter() - began)
            match = " AND ".join(f'"{" ".join(each.terms)}"{"*" if each.prefix else ""}' for each in found)
            began = time.perf_counter()
            sql = "SELECT rowid FROM catalogue_terms WHERE catalogue_terms MATCH %s ORDER BY rank LIMIT 50"
            cursor.execute(sql, [match])
            cursor.fetchall()
            bare.append(time.perf_counter() - began)
    return {"scan_p95": ms(scans, 95), "fts5_p95": ms(bare, 95)}


def ms(seconds: list[float], percent: int) -> float:
    """A percentile in milliseconds."""
    return round(statistics.quantiles(seconds, n=100)[percent - 1] * 1000, 2)


if __name__ == "__main__":
    main()
