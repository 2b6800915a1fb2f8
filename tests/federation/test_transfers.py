"""A file fetched from another node in the background: over a provider and a consumer that die in the middle of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.ledgers import written
from tests.faults.support import PURPOSE, grant, until
from twincity.apps.probe import rules
from twincity.node.testkit import CHONGQING, SICHUAN, Circle, live_circle

pytestmark = pytest.mark.slow
PATIENCE = 120.0
MIB = 192


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("bulk"), [CHONGQING, SICHUAN], apps=["probe"]) as found:
        grant(found["sc"], CHONGQING.id)
        yield found


def begin(circle: Circle, **more: str) -> str:
    given = {"provider": SICHUAN.id, "service": "probe", "path": "/file", "purpose": PURPOSE, "by": "test"}
    identifier: str = circle["cq"].operate("exchange.transfer", given | more)["id"]
    return identifier


def standing(circle: Circle, identifier: str) -> dict[str, Any]:
    found = {each["id"]: each for each in circle["cq"].operate("exchange.transfers")}
    row: dict[str, Any] = found[identifier]
    return row


def in_the_middle(circle: Circle, identifier: str, beyond: int = 0) -> int:
    row: dict[str, Any] = until(
        "bytes", lambda: (found := standing(circle, identifier)) and found["received"] > beyond and found, PATIENCE
    )
    assert row["state"] == "running", row
    received: int = row["received"]
    assert received < row["size"]
    return received


def test_a_file_arrives_whole_over_deaths_of_both_sides(circle: Circle) -> None:
    cq, sc = circle["cq"], circle["sc"]
    identifier = begin(circle, query=f"mib={MIB}")
    first = in_the_middle(circle, identifier)
    sc.kill()
    broken = until("the break", lambda: (row := standing(circle, identifier))["state"] == "waiting" and row, PATIENCE)
    assert broken["received"] >= first
    sc.start()
    in_the_middle(circle, identifier, beyond=broken["received"])
    cq.kill()
    kept = (cq.home.path / "transfers" / f"{identifier}.part").stat().st_size
    cq.start()
    done = until("the file", lambda: (row := standing(circle, identifier))["state"] == "done" and row, PATIENCE)
    assert digest(Path(done["file"])) == done["sha256"] == expected()
    assert kept > broken["received"]
    sizes = [each.size for each in written(sc) if each.path.startswith("/file/") and each.outcome == "ok"]
    assert sizes == [MIB * 2**20 - offset(circle)], "the last stream brought only what was missing"


def offset(circle: Circle) -> int:
    """Where the last stream began, as its signed request says."""
    last = [each for each in written(circle["sc"]) if each.path.startswith("/file/")][-1]
    begun = int(last.req.base.partition("offset=")[2].partition('"')[0].split()[0])
    assert begun > 0
    return begun


def expected() -> str:
    whole = hashlib.sha256()
    for piece in rules.pattern(MIB * 2**20):
        whole.update(piece)
    return whole.hexdigest()


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_a_paused_file_rests_and_goes_on_and_a_cancelled_one_leaves_nothing(circle: Circle) -> None:
    identifier = begin(circle, query=f"mib={MIB}")
    in_the_middle(circle, identifier)
    circle["cq"].operate("exchange.transfer-act", {"id": identifier, "act": "pause"})
    assert standing(circle, identifier)["state"] == "paused"
    circle["cq"].operate("exchange.transfer-act", {"id": identifier, "act": "resume"})
    until("the file", lambda: standing(circle, identifier)["state"] == "done", PATIENCE)
    other = begin(circle, query=f"mib={MIB}")
    in_the_middle(circle, other)
    circle["cq"].operate("exchange.transfer-act", {"id": other, "act": "cancel"})
    until("nothing", lambda: standing(circle, other)["received"] == 0, PATIENCE)
    assert standing(circle, other)["state"] == "cancelled"


def test_what_is_not_granted_fails_and_says_why(circle: Circle) -> None:
    identifier = begin(circle, path="/file", query="mib=1", purpose="other.purpose")
    failed = until("the end", lambda: (row := standing(circle, identifier))["state"] == "failed" and row, PATIENCE)
    assert "grant" in failed["error"]
