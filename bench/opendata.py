"""The catalogue's public faces at 20,000 datasets: searches as CKAN's clients send them, and one large dataset.

Searches run through the whole of Django in a process of their own, ten packages with three facets each. Beside them the
same searches by the catalogue's own function, which is the limit of any face over it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.catalogue import as_package, harvest, ms, package
from bench.datasets import datasets, questions
from bench.node import resident
from bench.report import Report, progress
from twincity.node.testkit import CHONGQING, SICHUAN, LiveNode, live_circle

LIMIT_MS = 100
FACETS = '["organization", "res_format", "tags"]'


def run(*, quick: bool) -> Report:
    """Measure; ``quick`` takes 2,000 datasets instead of 20,000."""
    count, asked = (2_000, 200) if quick else (20_000, 600)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with live_circle(folder / "circle", [CHONGQING, SICHUAN], apps=["sharing", "opendata"]) as circle:
            figures = measured(circle["cq"], folder, count, asked)
    peer = {"name": "the catalogue's own search", "figures": figures.pop("peer")}
    return Report("opendata", figures, peer, LIMIT_MS / float(str(figures["package_search_p95_cpu_ms"])))


def measured(node: LiveNode, folder: Path, count: int, asked: int) -> dict[str, Any]:
    """Fill a node, ask it for its largest dataset, then search in its home."""
    large = folder / "large.jsonl"
    large.write_text(json.dumps(package("large", 10_000)) + "\n", "utf-8")
    node.operate("catalogue.harvest", {"source": "large", "form": "ckan-lines", "address": str(large)})
    grown = {form: memory(node, form) for form in ("jsonld", "ttl")}
    progress(f"10,000 distributions sent: {grown} MB more")
    file = folder / "packages.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(as_package(each)) + "\n" for each in datasets(count))
    harvest(node, file, count)
    told = search_in(node, asked)
    return {
        "datasets": count,
        "package_search_p50_ms": told["p50"],
        "package_search_p95_ms": told["p95"],
        "package_search_p95_cpu_ms": told["p95_cpu"],
        "dcat_page_of_50_ms": told["page"],
        "ten_thousand_distributions_mb": max(grown.values()),
        "peer": {"p95_cpu_ms": told["own_p95_cpu"]},
    }


def memory(node: LiveNode, form: str) -> float:
    """How much the process of a node has grown after sending its largest dataset five times, in MB; once before."""
    (entry,) = node.operate("catalogue.search", {"text": "large", "kind": "dataset"})
    address = f"/dcat/datasets/{entry['owner']}/{entry['name']}/{entry['version']}.{form}"
    node.get(address)
    before = resident(node)
    for _ in range(5):
        if node.get(address)[2].count(b"dcat:accessURL") != 10_000:
            raise ValueError("not all distributions came")
    return round(resident(node) - before, 1)


def search_in(node: LiveNode, asked: int) -> dict[str, float]:
    """Latencies on a node's catalogue in a process of its own, in ms."""
    env = {**os.environ, "TWINCITY_HOME": str(node.home.path), "DJANGO_SETTINGS_MODULE": "twincity.node.settings"}
    command = [sys.executable, "-m", "bench.opendata", str(asked)]
    output = subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout
    told: dict[str, float] = json.loads(output.splitlines()[-1])
    return told


def main() -> None:
    """Search the home of ``TWINCITY_HOME``; prints percentiles as JSON."""
    import django  # noqa: PLC0415  the settings need the home that this process was given

    django.setup()
    from django.test import Client  # noqa: PLC0415

    from twincity.engines.catalogue import facade  # noqa: PLC0415

    client = Client(headers={"host": "127.0.0.1"})
    asked = [(each["text"], each.get("theme", "")) for each in questions(int(sys.argv[1]))]

    def by_face(text: str, theme: str) -> None:
        fq = f'tags:"{theme}"' if theme else ""
        answer = client.get("/api/3/action/package_search", {"q": text, "fq": fq, "facet.field": FACETS})
        if not json.loads(answer.getvalue())["success"]:
            raise ValueError(text)

    def by_function(text: str, theme: str) -> None:
        facade.find(("owner", "format", "theme"), text=text, theme=theme, kind="dataset", limit=10)

    wall, cpu = timed(by_face, asked)
    _, own = timed(by_function, asked)
    client.get("/dcat/catalog.ttl").getvalue()
    page, _ = timed(lambda number, _: client.get("/dcat/catalog.ttl", {"page": number}).getvalue(), pages(20))
    told = {"p50": ms(wall, 50), "p95": ms(wall, 95), "p95_cpu": ms(cpu, 95), "own_p95_cpu": ms(own, 95)}
    sys.stdout.write(json.dumps(told | {"page": ms(page, 50)}) + "\n")


def pages(count: int) -> list[tuple[str, str]]:
    """Numbers of pages."""
    return [(str(number + 1), "") for number in range(count)]


def timed(ask: Callable[[str, str], Any], asked: list[tuple[str, str]]) -> tuple[list[float], list[float]]:
    """Wall and CPU seconds of each question; the first is asked once before."""
    ask(*asked[0])
    wall, cpu = [], []
    for question in asked:
        started, used = time.perf_counter(), time.process_time()
        ask(*question)
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    return wall, cpu


if __name__ == "__main__":
    main()
