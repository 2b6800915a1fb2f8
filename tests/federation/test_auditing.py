"""An auditor's export from a live node: bundles with both sides' records, verified offline; a silent side is named."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.federation.test_two_nodes import ask, call, state, until
from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.evidence.verify import verify
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, Circle, LiveNode, live_circle

pytestmark = pytest.mark.slow
PASSWORD = "quite-long-enough-9"


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    nodes = [CHONGQING, SICHUAN, DIANJIANG]
    with live_circle(tmp_path_factory.mktemp("circle"), nodes, apps=["probe", "watch"]) as found:
        agreement = ask(found)
        found["sc"].operate("exchange.decide", {"agreement": agreement, "state": "active", "by": "steward"})
        until(lambda: state(found["dj"], agreement) == "active")
        account = {"username": "audit", "password": PASSWORD, "roles": ["auditor"]}
        found["dj"].operate("identity.account", account)
        yield found


class Visitor:
    """A person's browser without scripts."""

    def __init__(self, node: LiveNode) -> None:
        self.node = node
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.post("/accounts/login/", login="audit", password=PASSWORD)

    def get(self, path: str) -> bytes:
        with self.opener.open(self.node.address + path, timeout=60) as answer:
            data: bytes = answer.read()
            return data

    def post(self, path: str, **fields: str) -> str:
        """Send the form of a page; the address it leads to."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).decode())
        assert token
        body = urlencode({"csrfmiddlewaretoken": token[1]} | fields).encode()
        with self.opener.open(self.node.address + path, body, timeout=60) as answer:
            return str(answer.url).removeprefix(self.node.address)


def export(visitor: Visitor, **scope: str) -> tuple[list[dict[str, str]], dict[str, bytes]]:
    """Ask for an export, wait for it, and open the file: index, and files by name."""
    place = visitor.post("/watch/exports/", reason="年度审计", **scope)
    until(lambda: b"evidence.zip" in visitor.get(place), patience=120)
    with zipfile.ZipFile(io.BytesIO(visitor.get(f"{place}evidence.zip"))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return list(csv.DictReader(io.StringIO(files["index.csv"].decode("utf-8-sig")))), files


def test_every_exchange_of_a_case_is_proven_by_both_sides(circle: Circle) -> None:
    given = {"provider": SICHUAN.id, "service": "probe", "path": "/rows", "query": "rows=2", "purpose": "planning.belt"}
    wanted = {circle["dj"].operate("exchange.call", given | {"case": "2026/7"})["message"] for _ in range(3)}
    circle["dj"].operate("exchange.call", given | {"case": "2026/8"})
    rows, files = export(Visitor(circle["dj"]), case="2026/7")
    assert {row["message"] for row in rows} == wanted
    assert {row["complete"] for row in rows} == {"yes"}
    assert all(verify(bundles.read(files[row["file"]])).holds for row in rows)


def test_the_own_record_stands_alone_while_the_other_side_is_down(circle: Circle, tmp_path: Path) -> None:
    call(circle["dj"])
    visitor = Visitor(circle["dj"])
    circle["sc"].stop()
    try:
        rows, files = export(visitor, service="probe", peer=SICHUAN.id)
    finally:
        circle["sc"].start()
    assert {row["complete"] for row in rows} == {"no"}
    assert all(row["file"].startswith("own/") and files[row["file"]] for row in rows)
