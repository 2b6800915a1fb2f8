"""Negotiating an agreement: an offer of other terms, its answer, and the consumer's withdrawal, as the provider."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twincity.engines.circle import facade as circle
from twincity.engines.circle.tests.opened import OTHER
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement import moves
from twincity.engines.exchange.models import Agreement
from twincity.engines.exchange.services import negotiating
from twincity.engines.exchange.tests.agreements_world import (
    allowed,
    decide,
    me,
    received,
    recorded,
    refused,
    terms,
)
from twincity.kernel import clock, jws
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db
WIDER: dict[str, Any] = {"rate": 6000, "fields": ("code", "name")}


def offer(agreement: Agreement, **changes: Any) -> Agreement:
    return negotiating.counter(agreement_id=agreement.pk, terms=terms(**(WIDER | changes)), by="steward")


def answer(mine, agreement: Agreement, **changes: Any) -> Agreement:
    """What the consumer sends back: the offer's terms, with the given changes."""
    held = Agreement.objects.get(pk=agreement.pk)
    asked = negotiating.offered(held) if held.offer else terms()
    for name, value in changes.pop("terms", {}).items():
        asked = docs.msgspec.structs.replace(asked, **{name: value})
    plain = {"previous": docs.digest(held.offer)} | changes
    request = docs.Request(held.pk, me(), OTHER, clock.unix(), asked, **plain)
    return negotiating.receive_answer(sender=OTHER, token=docs.sign(request, mine.other.key("tc1")))


def withdraw(mine, agreement: Agreement, previous: str = "") -> Agreement:
    held = Agreement.objects.get(pk=agreement.pk)
    document = docs.Withdrawal(held.pk, me(), OTHER, clock.unix(), previous or docs.digest(held.request))
    return negotiating.receive_withdrawal(sender=OTHER, token=docs.sign(document, mine.other.key("tc1")))


class TestAnOffer:
    def test_gives_nothing_before_the_consumer_has_signed_its_terms(self, mine):
        found = offer(received(mine))
        assert (found.state, found.told, allowed()) == ("offered", False, False)

    def test_accepted_is_in_force_with_both_signatures_over_its_terms(self, mine):
        found = answer(mine, offer(received(mine)))
        decision = docs.read_decision(found.decision, circle.keys_of(me()).get)
        asked = docs.quoted_request(decision)
        assert (found.state, allowed(), found.decided_by) == ("active", True, "steward")
        assert decision.terms == asked.terms == negotiating.offered(found)
        assert decision.terms.rate == WIDER["rate"]

    def test_answered_by_other_terms_waits_for_a_person_again(self, mine):
        found = answer(mine, offer(received(mine)), terms={"rate": 5999})
        assert (found.state, allowed()) == ("requested", False)
        assert decide(found, "active").state == "active"

    def test_names_the_request_it_answers_and_each_document_is_in_the_ledger(self, mine):
        first = received(mine)
        found = answer(mine, offer(first))
        assert jws.payload(found.offer)["previous"] == docs.digest(first.request)
        assert found.earlier == [first.request, found.offer]
        assert [each["document"] for each in recorded()] == [*found.earlier, found.request, found.decision]

    def test_can_be_taken_back_by_a_refusal_and_a_late_acceptance_changes_nothing(self, mine):
        found = decide(offer(received(mine)), "refused")
        assert answer(mine, found).state == "refused"
        assert not allowed()

    def test_is_made_once_and_by_the_provider(self, mine):
        found = offer(received(mine))
        refused(lambda: offer(found), "agreement-state", "state")

    def test_an_answer_to_another_is_refused(self, mine):
        found = offer(received(mine))
        refused(lambda: answer(mine, found, previous=docs.digest("another")), "agreement-refused", "previous")

    def test_the_same_answer_twice_counts_once(self, mine):
        found = answer(mine, offer(received(mine)))
        again = negotiating.receive_answer(sender=OTHER, token=found.request)
        assert (again.state, len(recorded())) == ("active", 4)


class TestAWithdrawal:
    def test_ends_what_was_in_force_at_once(self, mine):
        found = decide(received(mine), "active")
        assert (withdraw(mine, found).state, allowed()) == ("ended", False)

    def test_takes_a_request_back_for_good(self, mine):
        found = withdraw(mine, received(mine))
        assert found.state == "withdrawn"
        refused(lambda: decide(found, "active"), "agreement-state", "state")

    def test_about_a_document_of_another_agreement_is_refused(self, mine):
        found = received(mine)
        refused(lambda: withdraw(mine, found, docs.digest("x")), "agreement-refused", "previous")


STEPS = st.lists(
    st.sampled_from(["offer", "accept", "ask", "withdraw", "active", "refused", "suspended", "ended"]), max_size=9
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_it_is_never_active_without_both_signatures_over_the_same_terms(mine, steps):
    found = received(mine)
    acts = {
        "offer": lambda: offer(found),
        "accept": lambda: answer(mine, found),
        "ask": lambda: answer(mine, found, terms={"rate": 77}),
        "withdraw": lambda: withdraw(mine, found),
    }
    for step in steps:
        try:
            acts.get(step, lambda act=step: decide(found, act))()
        except Problem as problem:
            assert problem.kind.code in {"agreement-state", "agreement-refused"}, step  # noqa: PT017  one of many steps
        held = Agreement.objects.get(pk=found.pk)
        assert held.grants.exists() == (held.state == "active")
        if held.state == "active":
            decision = docs.read_decision(held.decision, circle.keys_of(me()).get)
            asked = docs.read_request(decision.request, circle.keys_of(OTHER).get)
            assert (decision.state, asked.terms) == ("active", decision.terms)
            assert docs.msgspec.convert(held.terms, docs.Terms) == decision.terms
    assert found.pk in {each["id"] for each in recorded()}


def test_nothing_leads_out_of_a_state_that_is_final():
    acts = {act for _, act in moves._GRAPH}
    for state in ("refused", "ended", "withdrawn"):
        for role in ("provider", "consumer"):
            for act in acts:
                with pytest.raises(Problem):
                    moves.after(state, act, role)
