"""The two signed documents of an agreement: each by its party, the second around the first."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twincity.engines.circle.tests.world import DJ, NOW, SC, key
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement.documents import DECISION, REQUEST, Decision, Request
from twincity.engines.exchange.agreement.terms import Terms
from twincity.kernel import canonical, jws
from twincity.kernel.keys import PublicKey, b64url, unb64url
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

TERMS = Terms(service="divisions", purpose="planning", reason=LocalText("规划", "planning"), not_after=NOW + 1000)
CONSUMER, PROVIDER = key(f"{DJ}/tc1"), key(f"{SC}/tc1")
KEYS = {each.public.kid: each.public for each in (CONSUMER, PROVIDER)}
ASKED = Request(id="0192f0c1", provider=SC, consumer=DJ, iat=NOW, terms=TERMS)
REQUESTED = docs.sign(ASKED, CONSUMER)


def decision(**changes: Any) -> Decision:
    plain = {"id": ASKED.id, "provider": SC, "consumer": DJ, "iat": NOW + 60, "state": "active", "request": REQUESTED}
    return Decision(**(plain | {"terms": TERMS} | changes))


def find(kid: str) -> PublicKey | None:
    return KEYS.get(kid)


def refused(work, field: str) -> None:
    with pytest.raises(Problem) as caught:
        work()
    assert (caught.value.kind.code, caught.value.kind.status) == ("agreement-refused", 422)
    assert caught.value.field == field, caught.value


class TestRequests:
    def test_what_was_signed_is_read_back(self):
        assert docs.read_request(REQUESTED, find) == ASKED
        assert jws.header(REQUESTED)["typ"] == REQUEST

    def test_only_under_a_known_key(self):
        refused(lambda: docs.read_request(REQUESTED, {}.get), "document")
        refused(lambda: docs.read_request(docs.sign(ASKED, key("stranger")), find), "document")

    def test_a_decision_is_no_request(self):
        refused(lambda: docs.read_request(docs.sign(decision(), PROVIDER), find), "document")

    @given(st.integers(0, 2), st.integers(0, 10_000), st.integers(0, 7))
    @settings(deadline=None)
    def test_no_bit_of_it_can_be_flipped(self, which, place, bit):
        parts = [bytearray(unb64url(each)) for each in REQUESTED.split(".")]
        parts[which][place % len(parts[which])] ^= 1 << bit
        refused(lambda: docs.read_request(".".join(b64url(bytes(each)) for each in parts), find), "document")

    @pytest.mark.parametrize("name", ["id", "provider", "consumer", "iat", "terms"])
    def test_nothing_may_be_left_out_or_be_of_another_kind(self, name):
        payload = msgspec.to_builtins(ASKED)
        for broken in ({key_: value for key_, value in payload.items() if key_ != name}, payload | {name: None}):
            refused(lambda broken=broken: docs.read_request(jws.sign(broken, CONSUMER, typ=REQUEST), find), "document")

    def test_nothing_may_be_added(self):
        payload = msgspec.to_builtins(ASKED)
        refused(lambda: docs.read_request(jws.sign(payload | {"x": 1}, CONSUMER, typ=REQUEST), find), "document")
        terms = payload["terms"] | {"fee": []}
        refused(
            lambda: docs.read_request(jws.sign(payload | {"terms": terms}, CONSUMER, typ=REQUEST), find), "document"
        )

    def test_terms_that_have_no_canonical_form_cannot_be_signed(self):
        endless = msgspec.structs.replace(ASKED, terms=msgspec.structs.replace(TERMS, not_after=2**60))
        with pytest.raises(canonical.CanonicalError):
            docs.sign(endless, CONSUMER)


class TestDecisions:
    @pytest.mark.parametrize("state", ["active", "refused", "suspended", "ended"])
    def test_what_was_signed_is_read_back(self, state):
        made = decision(state=state, note="看过")
        token = docs.sign(made, PROVIDER)
        assert docs.read_decision(token, find) == made
        assert jws.header(token)["typ"] == DECISION
        assert docs.read_request(made.request, find) == ASKED, "both signatures stand together"

    @pytest.mark.parametrize("changes", [{"id": "0192f0c2"}, {"provider": DJ}, {"consumer": SC}])
    def test_it_belongs_to_the_request_it_quotes(self, changes):
        refused(lambda: docs.read_decision(docs.sign(decision(**changes), PROVIDER), find), "request")

    @pytest.mark.parametrize(
        "quoted", ["", "x", "a.b.c", "e30.e30.e30", "bnVsbA.bnVsbA.", docs.sign(decision(), PROVIDER)]
    )
    def test_it_must_quote_a_request(self, quoted):
        refused(lambda: docs.read_decision(docs.sign(decision(request=quoted), PROVIDER), find), "request")

    def test_there_are_no_other_states(self):
        payload = msgspec.to_builtins(decision())
        for state in ("requested", "", "ACTIVE", None):
            token = jws.sign(payload | {"state": state}, PROVIDER, typ=DECISION)
            refused(lambda token=token: docs.read_decision(token, find), "document")

    def test_a_request_is_no_decision(self):
        refused(lambda: docs.read_decision(REQUESTED, find), "document")

    def test_only_under_a_known_key(self):
        refused(lambda: docs.read_decision(docs.sign(decision(), key("stranger")), find), "document")

    def test_whose_request_it_quotes_is_for_the_caller_to_check(self):
        """Its signature is looked at where both parties' keys are known: on receipt, and in evidence."""
        forged = docs.sign(ASKED, key("stranger"))
        found = docs.read_decision(docs.sign(decision(request=forged), PROVIDER), find)
        assert docs.quoted_request(found) == ASKED
        refused(lambda: docs.read_request(found.request, find), "document")
