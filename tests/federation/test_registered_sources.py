"""Data registered at one node without code, granted to another and called, within the grant and no more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.federation.test_two_nodes import until
from twincity.kernel import clock
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, live_circle
from twincity.node.testkit.live import OperationRefusedError

PURPOSE = "planning.water"
PATIENCE = 90.0
pytestmark = pytest.mark.slow
HEADER = "断面代码,断面名称,市州,联系电话,总磷,监测日期"
CITIES = ("泸州市", "宜宾市", "广安市")


def text(name: str) -> dict[str, str]:
    return {"zh-Hans": name, "en": name}


def lines(count: int = 3000) -> list[str]:
    rows = [
        f"SC{n:04},断面{n},{CITIES[n % 3]},1380000{n:04},{'-1' if n == 7 else f'0.{n % 9}1'},2026-0{n % 9 + 1}-11"
        for n in range(count)
    ]
    return [HEADER, *rows]


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    folder = tmp_path_factory.mktemp("sources")
    delivered = folder / "sections.csv"
    delivered.write_text("\n".join(lines()) + "\n", "gb18030")
    with live_circle(folder, [CHONGQING, SICHUAN], apps=["sharing"]) as found:
        register(found, delivered)
        found["sc"].operate("sharing.publish-source", {"name": "sections"})
        agree(found)
        yield found


def register(circle: Circle, path: Path) -> None:
    given = {
        "path": str(path),
        "name": "sections",
        "title": text("水质断面监测"),
        "licence": "urn:twincity:terms:sharing:conditional",
        "rhythm": "monthly",
    }
    made = circle["sc"].operate("sharing.register", given)
    assert made["rows"] == 3000
    assert made["mapping"] == {f"c{number}": column for number, column in enumerate(HEADER.split(","), 1)}


def agree(circle: Circle, **more: Any) -> None:
    """重庆 asks for the sections of two cities, without telephones."""
    terms = {
        "service": "sections",
        "purpose": PURPOSE,
        "reason": text("跨界断面"),
        "fields": ["c1", "c2", "c3", "c5"],
        "rows": [{"field": "c3", "op": "in", "values": ["泸州市", "广安市"]}],
        "rate": 6000,
        "not_after": clock.unix() + 86_400,
    } | more
    asked = circle["cq"].operate("exchange.ask", {"provider": SICHUAN.id, "terms": terms})
    until(lambda: states(circle, "sc").get(asked["id"]) == "requested", PATIENCE)
    circle["sc"].operate("exchange.decide", {"agreement": asked["id"], "state": "active", "by": "steward"})
    until(lambda: states(circle, "cq").get(asked["id"]) == "active", PATIENCE)


def states(circle: Circle, name: str) -> dict[str, str]:
    return {each["id"]: each["state"] for each in circle[name].operate("exchange.agreements")}


def call(circle: Circle, path: str = "/rows", query: str = "") -> dict[str, Any]:
    given = {"provider": SICHUAN.id, "service": "sections", "path": path, "query": query, "purpose": PURPOSE}
    answer: dict[str, Any] = circle["cq"].operate("exchange.call", given)
    return answer | {"value": json.loads(answer["body"]) if answer["body"] else None}


def test_dataset_service_and_drafted_standard_reach_the_other_province(circle: Circle) -> None:
    def found() -> dict[str, Any]:
        seen = circle["cq"].operate("catalogue.search", {"text": "断面监测", "owner": SICHUAN.id})
        return {each["kind"]: each for each in seen}

    until(lambda: {"dataset", "service", "standard"} <= set(found()), PATIENCE)
    dataset = found()["dataset"]["body"]
    assert (dataset["rows"], dataset["rhythm"]) == (3000, "monthly")
    assert [each["kind"] for each in dataset["lineage"]] == ["file", "mapping"]
    assert dataset["quality"]["verdict"] == "passed"


def test_only_granted_rows_and_fields_cross_the_border(circle: Circle) -> None:
    answer = call(circle, query="_limit=1000")
    rows = answer["value"]["rows"]
    assert (answer["outcome"], len(rows)) == ("ok", 1000)
    assert {tuple(row) for row in rows} == {("c1", "c2", "c3", "c5")}
    assert {row["c3"] for row in rows} == {"泸州市", "广安市"}
    assert rows[0] == {"c1": "SC0000", "c2": "断面0", "c3": "泸州市", "c5": "0.01"}


def test_paging_filters_and_projection_keep_within_the_grant(circle: Circle) -> None:
    rows = call(circle, query="_skip=1998&_limit=5")["value"]["rows"]
    assert len(rows) == 2
    few = call(circle, query="c1__prefix=SC000&c5__min=0.05&_fields=c1,c5")["value"]["rows"]
    assert [row["c1"] for row in few] == ["SC0002", "SC0003", "SC0005", "SC0006", "SC0008"]
    assert call(circle, query="c3=%E5%AE%9C%E5%AE%BE%E5%B8%82")["value"]["rows"] == []


@pytest.mark.parametrize("query", ["c4=13800000001", "c4__prefix=138", "_fields=c1,c4", "c6__min=2026-01-01"])
def test_what_is_not_granted_cannot_be_asked_about(circle: Circle, query: str) -> None:
    answer = call(circle, query=query)
    assert (answer["status"], answer["outcome"]) == (403, "field-not-granted")


def test_the_bulk_file_holds_the_same_and_can_be_resumed(circle: Circle) -> None:
    made = call(circle, "/extract", "format=csv")["value"]
    assert made["rows"] == 2000
    token = circle["cq"].operate("identity.system", {"name": "bulk", "purposes": ["planning"]})["token"]
    headers = {"authorization": f"Bearer {token}", "tc-purpose": PURPOSE, "tc-stream": "1"}
    path = f"/call/{SICHUAN.id}/sections/extract/{made['tag']}"
    until(lambda: circle["cq"].get(path, headers)[0] == 200, PATIENCE)
    whole = circle["cq"].get(path, headers)[2]
    assert (len(whole), hashlib.sha256(whole).hexdigest()) == (made["size"], made["sha256"])
    assert whole.decode().splitlines()[:2] == ["c1,c2,c3,c5", "SC0000,断面0,泸州市,0.01"]
    assert "1380000" not in whole.decode()
    rest = circle["cq"].get(f"{path}?offset=1000", headers)[2]
    assert whole[1000:] == rest


def test_an_extract_of_another_s_grant_is_not_there(circle: Circle) -> None:
    assert call(circle, f"/extract/{'0' * 64}")["outcome"] == "not-found"


def test_a_later_version_answers_under_the_same_grant(circle: Circle, tmp_path: Path) -> None:
    newer = tmp_path / "sections.csv"
    newer.write_text("\n".join(lines(300)), "utf-8")
    made = circle["sc"].operate("sharing.deliver", {"name": "sections", "path": str(newer)})
    assert made["number"] == 2
    with pytest.raises(OperationRefusedError, match="source-same"):
        circle["sc"].operate("sharing.deliver", {"name": "sections", "path": str(newer)})
    circle["sc"].operate("sharing.publish-source", {"name": "sections"})
    assert len(call(circle, query="_limit=1000")["value"]["rows"]) == 200


def test_after_a_power_cut_the_service_answers_again(circle: Circle) -> None:
    before = call(circle, query="_limit=3")["value"]
    circle["sc"].kill()
    circle["sc"].start()
    until(lambda: call(circle, query="_limit=3")["outcome"] == "ok", PATIENCE)
    assert call(circle, query="_limit=3")["value"] == before
