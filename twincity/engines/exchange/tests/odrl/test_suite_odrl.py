"""The ODRL Test Suite (SolidLab, imec): 68 policies, requests and states of the world with their expected reports."""

from __future__ import annotations

from rdflib import Namespace

from tests.support import shared
from twincity.engines.exchange.odrl import evaluate
from twincity.engines.exchange.tests.odrl import turtle

EX = Namespace("http://example.org/")
REACHED = 68
"""Of 68; the suite's own engine comes to 67."""


def test_every_case_of_the_suite_has_the_expected_activation():
    folder = shared("data/suites/exchange/odrl-test-suite")
    policies, requests, worlds, cases = (
        turtle.load(folder / name) for name in ("policies", "requests", "sotw", "test_cases")
    )
    failed, tried = [], 0
    for graph in {id(each): each for each in cases.values()}.values():
        case = next(graph.subjects(EX.policy))
        given = {key: str(graph.value(case, EX[key])) for key in ("policy", "request", "sotw", "expectedReport")}
        reports = evaluate(
            turtle.policy(policies[given["policy"]], given["policy"]),
            turtle.request(requests[given["request"]], given["request"]),
            turtle.world(worlds[given["sotw"]]),
        )
        expected = turtle.expected(graph, given["expectedReport"])
        tried += 1
        if {each.rule.id: each.active for each in reports} != expected:
            failed.append(str(case))
    assert tried == 68
    assert tried - len(failed) >= REACHED, failed
