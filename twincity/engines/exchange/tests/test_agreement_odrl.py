"""Terms and policies: what is said in ODRL comes back as it was, and what cannot be enforced is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.exchange.agreement import odrl
from twincity.engines.exchange.agreement.odrl import PROFILE, RECORD
from twincity.engines.exchange.agreement.terms import LAST, Obligation, Terms
from twincity.engines.exchange.odrl import Constraint, Logical, Policy, Request, Rule, World, evaluate
from twincity.engines.exchange.rules import RowFilter
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

REASON = LocalText("规划", "planning")
BASE = Terms(service="towns", purpose="", reason=REASON, not_after=LAST)
NAMES = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
VALUES = st.tuples(NAMES)
ROWS = st.builds(RowFilter, NAMES, st.sampled_from(["in", "prefix", "min", "max"]), VALUES)
TERMS = st.builds(
    Terms,
    service=st.just("towns"),
    purpose=NAMES,
    reason=st.just(REASON),
    not_after=st.integers(2_000_000, LAST),
    not_before=st.integers(0, 1_000_000),
    methods=st.sampled_from([("GET",), ("GET", "POST")]),
    path=st.sampled_from(["/*", "/units/{code}"]),
    fields=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    rows=st.lists(ROWS, max_size=3).map(tuple),
    rate=st.integers(1, 10_000),
    system=st.sampled_from(["", "desk"]),
    obligations=st.lists(
        st.builds(Obligation, st.sampled_from(["delete", "inform"]), st.integers(0, 10_000)), max_size=2
    ).map(tuple),
)


@given(TERMS)
def test_terms_survive_the_way_through_an_offer(terms):
    given_rate = odrl.terms_of(odrl.offer(terms, identifier="urn:x", target="urn:t"), BASE)
    assert given_rate == terms


@given(TERMS)
def test_terms_survive_the_way_through_json_ld_with_refinements(terms):
    document = odrl.document("Agreement", terms, identifier="x", provider="sc", consumer="cq")
    assert odrl.terms_of(document, BASE) == terms


def offer(**rule):
    return {"@type": "Offer", "@id": "urn:x", "permission": [{"action": "use", **rule}]}


def atom(left, operator, right):
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def test_several_limits_are_one_the_tightest():
    limits = [atom("dateTime", "lt", "2027-01-01T00:00:00Z"), atom("dateTime", "lteq", "2026-01-01T00:00:00Z")]
    assert odrl.terms_of(offer(constraint=[{"and": limits}]), BASE).not_after == 1_767_225_601


def test_what_the_policy_states_counts_though_the_base_is_tighter():
    base = Terms(service="towns", purpose="p", reason=REASON, not_after=5)
    assert odrl.terms_of(offer(constraint=[atom("dateTime", "lt", "1970-01-01T00:01:00Z")]), base).not_after == 60


@pytest.mark.parametrize(
    "policy",
    [
        offer(constraint=[atom("spatial", "eq", "EU")]),
        offer(constraint=[atom("count", "lteq", "5")]),
        offer(constraint=[{"or": [atom("purpose", "eq", "a"), atom("purpose", "eq", "b")]}]),
        offer(constraint=[atom("purpose", "neq", "war")]),
        offer(constraint=[atom("purpose", "isAnyOf", ["a", "b"])]),
        offer(constraint=[atom("dateTime", "lt", "soon")]),
        offer(constraint=[atom(f"{PROFILE}#callsPerMinute", "lteq", "-1")]),
        offer(constraint=[atom(RECORD + "code", "isNoneOf", ["50"])]),
        offer(duty=[{"action": "compensate"}]),
        offer() | {"prohibition": [{"action": "read"}]},
        {"@type": "Offer", "@id": "x", "permission": [{"action": "sell"}]},
        {"@type": "Offer", "@id": "x", "permission": [{"action": "use"}, {"action": "use"}]},
    ],
)
def test_what_no_grant_can_carry_out_is_refused(policy):
    with pytest.raises(Problem) as caught:
        odrl.terms_of(policy, BASE)
    assert caught.value.kind.code == "policy-not-enforceable"
    assert caught.value.values["part"]


@pytest.mark.parametrize(
    "policy",
    [
        [],
        "x",
        offer(constraint="x"),
        offer(constraint=[atom("purpose", "like", "x")]),
        offer(constraint=[atom("", "eq", "x")]),
        offer(constraint=[atom("purpose", "eq", None)]),
        offer(constraint=[atom("purpose", "eq", "x" * 5000)]),
        offer(constraint=[atom("purpose", "eq", "x")] * 300),
        {"@type": "Offer", "permission": [{"action": "use"}] * 100},
    ],
)
def test_what_is_no_policy_is_refused(policy):
    with pytest.raises(Problem) as caught:
        odrl.terms_of(policy, BASE)
    assert caught.value.kind.code == "policy-malformed"


def test_a_policy_that_nests_too_deep_is_refused():
    constraint = atom("purpose", "eq", "x")
    for _ in range(20):
        constraint = {"and": [constraint]}
    with pytest.raises(Problem, match="policy-malformed"):
        odrl.terms_of(offer(constraint=[constraint]), BASE)


@pytest.mark.parametrize(
    ("operator", "right", "holds"),
    [
        ("isAnyOf", ("a", "b"), True),
        ("isNoneOf", ("a",), False),
        ("isAllOf", ("a",), True),
        ("isPartOf", "planning", False),
        ("eq", "a", True),
        ("gt", 3, False),
    ],
)
def test_an_operator_holds_or_not(operator, right, holds):
    rule = Rule("permission", constraints=(Constraint("purpose", operator, right),))
    report = evaluate(Policy("p", "Set", (rule,)), Request(), World({"purpose": "a"}))[0]
    assert (report.active, report.unsatisfied) == (holds, () if holds else ("purpose",))


@pytest.mark.parametrize(
    ("operator", "expected"), [("and", False), ("or", True), ("xone", True), ("andSequence", False)]
)
def test_constraints_are_tied_together(operator, expected):
    tied = Logical(operator, (Constraint("x", "eq", "1"), Constraint("x", "eq", "2")))
    report = evaluate(Policy("p", "Set", (Rule("permission", constraints=(tied,)),)), Request(), World({"x": "1"}))[0]
    assert report.active is expected
