"""A shared standard between two live anchors and a county, as their stewards' scripts would meet it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twincity.node.demo import standards
from twincity.node.demo.stage import Stage, until
from twincity.node.demo.standards import BOTH, IDENTIFIER, MAPPING, STANDARD, TABLE
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN, Circle, LiveNode, live_circle
from twincity.node.testkit.live import OperationRefusedError

WHY = {"zh": "缺少权属来源", "en": "the source of ownership is missing"}
PATIENCE = 90.0
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circle]:
    with live_circle(tmp_path_factory.mktemp("standards"), [CHONGQING, SICHUAN, DIANJIANG], apps=[]) as found:
        yield found


def sign_off(node: LiveNode, identifier: str) -> dict[str, Any]:
    found = node.operate("catalogue.shared")
    return next((each["sign_off"] for each in found if each["entry"]["identifier"] == identifier), {})


def wait(node: LiveNode, identifier: str, state: str) -> dict[str, Any]:
    def reached() -> dict[str, Any]:
        found = sign_off(node, identifier)
        return found if found.get("state") == state else {}

    found: dict[str, Any] = until(f"{state} on {node.spec.name}", reached, PATIENCE)
    return found


def publish(node: LiveNode, **changes: Any) -> str:
    made = node.operate("catalogue.publish-standard", {"standard": copy.deepcopy(STANDARD) | changes})
    return str(made["identifier"])


def test_the_demo_step_holds(circle: Circle, tmp_path: Path) -> None:
    standards.standards(Stage(tmp_path, circle))
    for node in circle.values():
        assert sorted(sign_off(node, IDENTIFIER)["signed"]) == sorted(BOTH)


def test_it_is_in_force_on_a_node_that_is_cut_off_and_started_again(circle: Circle) -> None:
    wait(circle["dj"], IDENTIFIER, "in-force")
    circle["cq"].stop()
    circle["dj"].stop()
    circle["dj"].start()
    assert wait(circle["dj"], IDENTIFIER, "in-force")["threshold"] == 2
    circle["cq"].start()


def test_a_member_that_is_no_anchor_cannot_sign(circle: Circle) -> None:
    with pytest.raises(OperationRefusedError, match="endorsement-not-anchor"):
        circle["dj"].operate("catalogue.endorse", {"identifier": IDENTIFIER})


def test_a_refusal_a_change_of_mind_and_a_withdrawal_reach_the_other_side(circle: Circle) -> None:
    one = publish(circle["cq"], id="water-level")
    circle["cq"].operate("catalogue.endorse", {"identifier": one})
    wait(circle["sc"], one, "proposed")
    circle["sc"].operate("catalogue.refuse", {"identifier": one, **WHY})
    words = {each["anchor"]: each for each in wait(circle["cq"], one, "refused")["words"]}
    assert words[SICHUAN.id]["reason"]["en"] == WHY["en"]
    circle["sc"].operate("catalogue.endorse", {"identifier": one})
    wait(circle["cq"], one, "in-force")
    circle["sc"].operate("catalogue.withdraw-endorsement", {"identifier": one, **WHY})
    assert wait(circle["cq"], one, "proposed")["signed"] == [CHONGQING.id]


def test_versions_rise_as_their_changes_ask_for(circle: Circle) -> None:
    one = publish(circle["sc"], id="school", version="1.0.0")
    assert publish(circle["sc"], id="school", version="1.0.0") == one
    fewer = STANDARD["fields"][:3]
    rules: list[Any] = []
    with pytest.raises(OperationRefusedError) as refused:
        publish(circle["sc"], id="school", version="1.1.0", fields=fewer, rules=rules)
    assert refused.value.code == "standard-version-low"
    two = publish(circle["sc"], id="school", version="2.0.0", fields=fewer, rules=rules)
    found = circle["sc"].operate("catalogue.compare", {"old": one, "new": two})
    assert found["breaking"]
    assert {each["place"] for each in found["differences"]} == {"fields.since", "fields.holder", "rules.dated"}


def test_a_saved_mapping_shows_what_another_version_would_break(circle: Circle) -> None:
    wait(circle["dj"], IDENTIFIER, "in-force")
    saved = circle["dj"].operate("catalogue.check-mapping", {"mapping": MAPPING, "table": TABLE, "save": "steward"})
    assert saved["saved"] == 1
    fields = [each | ({"unit": "kg"} if each["name"] == "area" else {}) for each in STANDARD["fields"]]
    two = publish(circle["cq"], version="2.0.0", fields=fields)
    until("the version", lambda: _known(circle["dj"], two), PATIENCE)
    with pytest.raises(OperationRefusedError) as refused:
        circle["dj"].operate("catalogue.check-mapping", {"name": MAPPING["name"], "table": TABLE, "standard": two})
    assert refused.value.code == "mapping-faulty"
    assert refused.value.problem["field"] == "area"


def _known(node: LiveNode, identifier: str) -> bool:
    found = node.operate("catalogue.search", {"text": "地块", "kind": "standard"})
    return identifier in {each["identifier"] for each in found}
