"""What a consent covers: pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from twincity.engines.exchange.consent import decision, text
from twincity.engines.exchange.consent import documents as docs
from twincity.engines.exchange.rules import Grant
from twincity.engines.exchange.tests.consent_world import agreement
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

NAME = "https://cq.test/data-agreement/check"
CONSENT = docs.Consent(
    id="c1", iss="sc.test", iat=100, state="given", subject="S" * 43, provider="cq.test", agreement=NAME, revision=1,
    digest="", purpose="welfare", fields=("name", "born"), recipients=("dj.test",), not_before=100, not_after=200,
)  # fmt: skip
GRANT = Grant(id="g", subject="any", service="probe", consent=NAME)
FACTS = decision.Facts("dj.test", "probe", "welfare.check", 150)


def outcome(consent: docs.Consent = CONSENT, grant: Grant = GRANT, facts: decision.Facts = FACTS, key="zhang") -> str:
    try:
        decision.check(decision.Held(consent, key), consent.id, grant, facts)
    except Problem as problem:
        return f"{problem.kind.code} {problem.field}"
    return "ok"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "ok"),
        ({"state": "withdrawn"}, "consent-withdrawn tc-consent"),
        ({"not_after": 150}, "consent-expired tc-consent"),
        ({"not_before": 151}, "consent-expired tc-consent"),
        ({"agreement": NAME + "2"}, "consent-narrower agreement"),
        ({"recipients": ("sc.test",)}, "consent-narrower recipient"),
        ({"purpose": "welf"}, "consent-narrower purpose"),
        ({"purpose": "welfare.check.more"}, "consent-narrower purpose"),
    ],
)
def test_each_condition_is_named_when_it_fails(changed, expected):
    assert outcome(replace(CONSENT, **changed)) == expected


def test_withdrawal_counts_more_than_anything_else_that_is_wrong():
    assert outcome(replace(CONSENT, state="withdrawn", recipients=())) == "consent-withdrawn tc-consent"


def test_no_consent_or_nobody_s_is_missing():
    with pytest.raises(Problem, match="consent-missing"):
        decision.check(None, "", GRANT, FACTS)
    assert outcome(key="") == "consent-missing tc-consent"


def test_a_grant_whose_fields_were_not_consented_to_is_narrower():
    assert outcome(grant=replace(GRANT, fields=("grade",))) == "consent-narrower fields"


fields = st.lists(st.sampled_from(["name", "born", "grade", "income"]), unique=True).map(tuple)


@given(fields, fields)
def test_only_fields_of_both_leave(consented, mask):
    left = decision.fields(replace(CONSENT, fields=consented), mask)
    assert set(left) == (set(consented) & set(mask) if mask else set(consented))


rows = st.lists(st.fixed_dictionaries({}, optional={"person": st.sampled_from(["zhang", "wang", 1]), "n": st.just(1)}))


@given(rows)
def test_only_rows_of_the_person_leave(found):
    left = decision.own_rows(found, "person", "zhang")
    assert left == [row for row in found if row.get("person") == "zhang"]
    assert decision.own_rows(found, "", "zhang") == []


@given(st.sampled_from(["given", "withdrawn"]), st.integers(0, 300), fields, st.sampled_from(["dj.test", "sc.test"]))
def test_the_explanation_agrees_with_the_decision(state, now, mask, consumer):
    facts = decision.Facts(consumer, "probe", "welfare", now)
    held = decision.Held(replace(CONSENT, state=state), "zhang")
    grant = replace(GRANT, fields=mask)
    steps = decision.explain(held, "c1", grant, facts)
    assert [step.holds for step in steps] == [outcome(held.document, grant, facts) == "ok"]


def test_where_no_consent_is_needed_it_has_no_say():
    assert decision.explain(None, "", replace(GRANT, consent=""), FACTS) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "Check"}, "name"),
        ({"abroad": True}, "abroad"),
        ({"attributes": ()}, "attributes"),
        ({"recipients": ("a.test", "a.test")}, "recipients"),
        ({"valid_days": 0}, "valid_days"),
        ({"retention_days": -1}, "retention_days"),
        ({"why": LocalText("", "x")}, "texts"),
        ({"why": LocalText("x\0", "x")}, "texts"),
        ({"purpose": "Welfare"}, "purpose"),
    ],
)
def test_a_data_agreement_that_says_too_little_or_too_much_is_refused(changes, field):
    with pytest.raises(Problem) as caught:
        docs.check_agreement(agreement(**changes))
    assert (caught.value.kind.code, caught.value.field) == ("consent-refused", field)


def test_the_text_says_who_what_what_for_how_long_and_that_it_can_be_taken_back():
    words = text.render(
        agreement(), fields=("name",), recipients=("dj.test",), until=86_400, title=lambda m: LocalText(m, m)
    )
    for said in ("cq.test", "dj.test", "核对参保", "1970-01-02", "30", "撤回"):
        assert said in words.zh
    assert "withdraw" in words.en
