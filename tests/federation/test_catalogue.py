"""The catalogue between two live nodes: found, told, fetched and gone again on the other side of the border."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from twincity.node.testkit import CHONGQING, SICHUAN, Circle, LiveNode, live_circle

PATIENCE = 60.0
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN], apps=["sharing"]) as found:
        yield found


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


def search(node: LiveNode, **chosen: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = node.operate("catalogue.search", chosen)
    return found


def harvest(node: LiveNode, folder: Path, *names: str) -> None:
    url = "https://data.example/{}"
    resources = [{"name": f"r{each}", "format": "CSV", "url": url.format(each)} for each in range(1000)]
    packages = [{"name": name, "title": f"{name} 水质断面", "resources": resources} for name in names]
    file = folder / "packages.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in packages), "utf-8")
    node.operate("catalogue.harvest", {"source": "city", "form": "ckan-lines", "address": str(file)})


def notices(node: LiveNode) -> list[tuple[str, str]]:
    with sqlite3.connect(node.home.path / "db" / "main.db", timeout=10) as database:
        rows = database.execute("SELECT act, identifier FROM catalogue_notice ORDER BY seq").fetchall()
    return [(act, identifier.split("/")[-2][:9]) for act, identifier in rows]


def subscribe(node: LiveNode) -> None:
    """As the page does it; signing in is tested elsewhere."""
    row = ("s1", "li", "水质", json.dumps({"kind": "dataset"}), "2026-01-01 00:00:00", 0)
    with sqlite3.connect(node.home.path / "db" / "main.db", timeout=10) as database:
        database.execute(
            'INSERT INTO catalogue_subscription (id, account, text, chosen, created, "after") VALUES (?,?,?,?,?,?)', row
        )


def test_published_on_one_side_found_told_and_withdrawn_on_the_other(circle: Circle, tmp_path: Path) -> None:
    subscribe(circle["sc"])
    harvest(circle["cq"], tmp_path, "a", "b")
    found = until(lambda: len(search(circle["sc"], text="水质断面", format="CSV")) == 2 and search(circle["sc"]))
    assert {each["owner"] for each in found} == {CHONGQING.id}
    until(lambda: [act for act, _ in notices(circle["sc"])] == ["published", "published"])
    listed = circle["sc"].operate("catalogue.distributions", {"identifier": found[0]["identifier"], "start": 998})
    assert [each["title"] for each in listed] == ["r998", "r999"]
    harvest(circle["cq"], tmp_path, "a")
    until(lambda: len(search(circle["sc"], text="水质断面")) == 1)
    until(lambda: [act for act, _ in notices(circle["sc"])] == ["published", "published", "withdrawn"])


def test_the_feed_of_either_node_gives_the_same_signed_documents(circle: Circle) -> None:
    def documents(node: LiveNode) -> list[tuple[str, int, str]]:
        found = json.loads(node.get("/catalogue/feed?limit=500")[2])
        return [(each["owner"], each["index"], each["jws"]) for each in found["changes"]]

    until(lambda: documents(circle["cq"]) == documents(circle["sc"]))
    assert all(token.count(".") == 2 for _, _, token in documents(circle["sc"]))


def test_both_provinces_owe_what_the_list_says(circle: Circle) -> None:
    for name in ("cq", "sc"):
        circle[name].operate("sharing.duties")
    until(lambda: len(search(circle["cq"], kind="duty-list")) == 2)
    assert "283" in circle["cq"].get("/duties/", {"accept": "text/html"})[2].decode()
