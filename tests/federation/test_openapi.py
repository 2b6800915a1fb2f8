"""Hostile requests after the node's own description: whatever arrives, the node answers without an error of its own.

Schemathesis makes the requests; nothing of them leaves the machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from twincity.node.testkit import CHONGQING, SICHUAN, LiveNode, live_circle

pytestmark = pytest.mark.slow
EXAMPLES = 4
"""Requests for each method and path, in each of the two ways to make them."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    with live_circle(tmp_path_factory.mktemp("circle"), [CHONGQING, SICHUAN]) as circle:
        token = circle["cq"].operate("identity.system", {"name": "gis", "purposes": ["*"]})["token"]
        circle["cq"].env["TOKEN"] = token
        yield circle["cq"]


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_no_request_makes_the_node_fail(node: LiveNode, mode: schemathesis.GenerationMode) -> None:
    schema = schemathesis.openapi.from_dict(json.loads(node.get("/openapi.json")[2]))
    tokens = {"operator": node.home.secret("operator"), "system": node.env["TOKEN"]}
    answers: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        needed = next(iter((operation.definition.raw["security"] or [{"": []}])[0]))
        headers = {"authorization": f"Bearer {tokens[needed]}"} if needed in tokens else {}
        answers += asked(node, operation, headers, mode)
    assert len(answers) > 60
    assert not [each for each in answers if each[:3] == "500" or not "200" <= each[:3] <= "599"]
    assert json.loads(node.get("/health")[2])["ok"]


def asked(node: LiveNode, operation: Any, headers: dict[str, str], mode: schemathesis.GenerationMode) -> list[str]:
    """Status, request and beginning of the answer, of some requests to one method and path."""
    answers = []

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        answer = case.call(base_url=node.address, headers=headers, timeout=90)
        answers.append(f"{answer.status_code} {case.method} {case.formatted_path}: {answer.text[:200]}")

    with suppress(Unsatisfiable):  # nothing can be wrong with a request that takes nothing
        ask()
    return answers
