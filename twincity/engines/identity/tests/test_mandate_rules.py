"""Who may act for whom, as pure rules."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincity.engines.identity import rules
from twincity.engines.identity.rules import Mandate
from twincity.kernel.problems import Problem

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
FIRM, LI, WANG = "urn:firm", "urn:li", "urn:wang"
AGENTS = frozenset({LI})

names = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(".".join)
scopes = st.lists(names | names.map(lambda name: name + ".*") | st.just("*"), min_size=1, max_size=4).map(tuple)
moments = st.integers(-5, 5).map(lambda days: NOW + days * DAY)


def mandate(**changes):
    made = Mandate(id=1, principal=FIRM, agent=LI, scope=("casework.*",), since=NOW - DAY, until=NOW + DAY)
    return msgspec.structs.replace(made, **changes)


def may(*mandates, agents=AGENTS, principal=FIRM, act="casework.apply", now=NOW):
    return rules.acts_for(mandates, agents, principal, act, now) is not None


def test_a_mandate_in_force_lets_its_agent_do_its_acts_for_its_principal():
    assert may(mandate())
    assert not may(mandate(), agents=frozenset({WANG}))
    assert not may(mandate(), principal="urn:other")
    assert not may(mandate(), act="service.divisions")
    assert not may(mandate(), act="caseworker.apply")
    assert not may(mandate(), act="casework")


def test_it_ends_with_its_term_and_at_once_when_withdrawn():
    assert not may(mandate(since=NOW + DAY, until=None))
    assert not may(mandate(until=NOW))
    assert not may(mandate(revoked=NOW - timedelta(microseconds=1)))


def passed_on():
    return mandate(id=2, agent=WANG, parent=1, scope=("casework.apply",))


def test_what_is_passed_on_holds_only_while_the_mandate_above_does():
    wang = frozenset({WANG})
    above = mandate(may_pass_on=True)
    assert may(above, passed_on(), agents=wang)
    assert not may(passed_on(), agents=wang)
    assert not may(mandate(), passed_on(), agents=wang)
    assert not may(mandate(may_pass_on=True, revoked=NOW), passed_on(), agents=wang)
    assert not may(mandate(may_pass_on=True, until=NOW), passed_on(), agents=wang)
    assert not may(mandate(may_pass_on=True, principal="urn:other"), passed_on(), agents=wang)
    assert not may(mandate(may_pass_on=True, scope=("service.*",)), passed_on(), agents=wang)


def test_there_is_one_level_of_passing_on():
    above = mandate(may_pass_on=True, parent=7)
    assert not may(above, passed_on(), agents=frozenset({WANG}))
    with pytest.raises(Problem, match="no-mandate"):
        rules.check_passed_on(above, ["casework.apply"], NOW, NOW)


@pytest.mark.parametrize(
    ("scope", "until", "code"),
    [
        (["casework.apply"], NOW, ""),
        (["casework.*"], NOW, ""),
        (["casework.apply"], None, "invalid"),
        (["casework.apply"], NOW + 2 * DAY, "invalid"),
        (["*"], NOW, "invalid"),
        (["service.divisions"], NOW, "invalid"),
    ],
)
def test_nothing_wider_or_longer_is_passed_on(scope, until, code):
    expected = pytest.raises(Problem, match=code) if code else nullcontext()
    with expected:
        rules.check_passed_on(mandate(may_pass_on=True), scope, until, NOW)


@given(scopes, scopes, names)
def test_what_may_be_passed_on_never_lets_do_more_than_the_mandate_above(above, below, act):
    upper = mandate(scope=above, may_pass_on=True)
    try:
        rules.check_passed_on(upper, below, NOW, NOW)
    except Problem:
        return
    if mandate(scope=below).covers(act):
        assert upper.covers(act)


@given(scopes, moments, moments, moments | st.none(), moments)
def test_no_act_without_a_mandate_whose_own_facts_allow_it(scope, since, until, revoked, now):
    made = mandate(scope=scope, since=since, until=until, revoked=revoked)
    found = rules.acts_for([made], AGENTS, FIRM, "casework.apply", now)
    allowed = since <= now < until and revoked is None
    covered = bool({"*", "casework.*", "casework.apply"} & set(scope))
    assert (found is not None) == (allowed and covered)


@pytest.mark.parametrize(
    "scope", [[], ["Casework"], ["casework..apply"], ["casework*"], ["a b"], [f"x{n}" for n in range(41)]]
)
def test_a_scope_is_made_of_dotted_names(scope):
    with pytest.raises(Problem, match="invalid"):
        rules.clean_scope(scope)


@given(st.integers(1, 2**60), names, names)
def test_a_subject_leads_back_to_its_account_for_its_client_alone(number, client, other):
    subject = rules.pairwise_subject("secret", number, client)
    assert rules.account_of_subject("secret", subject, client) == number
    if other != client:
        assert rules.pairwise_subject("secret", number, other) != subject
        assert rules.account_of_subject("secret", subject, other) is None
    assert rules.account_of_subject("another secret", subject, client) is None


@pytest.mark.parametrize("subject", ["", "x", "A" * 32, "=" * 32, "中" * 32])
def test_a_subject_made_elsewhere_leads_nowhere(subject):
    assert rules.account_of_subject("secret", subject, "client") is None


@pytest.mark.parametrize(
    ("claim", "roles"),
    [("officer", {"official"}), (["officer", "boss"], {"official"}), (None, set()), ("boss", set()), ({"a": 1}, set())],
)
def test_a_claim_gives_only_roles_that_the_mapping_names(claim, roles):
    assert rules.mapped_roles({"officer": "official"}, claim) == roles
