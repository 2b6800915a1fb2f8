"""Agreements through their life, in a node's database and ledger; on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from twincity.engines.circle import facade as circle
from twincity.engines.circle import services as circle_services
from twincity.engines.circle.tests.opened import OTHER, Opened
from twincity.engines.exchange import queries, services
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.agreement.terms import Terms
from twincity.engines.exchange.models import Agreement, GrantRow
from twincity.engines.exchange.rules import Grant, RowFilter
from twincity.engines.exchange.tests.agreements_world import (
    allowed,
    decide,
    me,
    received,
    recorded,
    refused,
    request,
    terms,
)
from twincity.engines.exchange.wire import runtime
from twincity.kernel import clock, ids
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import Problem

pytestmark = pytest.mark.django_db


STATES = ["requested", "active", "refused", "suspended", "ended"]
"""Those that decisions lead to; offers and withdrawals have tests of their own."""


DECISIONS = ["active", "refused", "suspended", "ended"]


def brought_to(state: str, agreement: Agreement) -> Agreement:
    """An agreement of this node as provider, brought to a state by decisions."""
    for step in {"active": ["active"], "suspended": ["active", "suspended"], "ended": ["active", "ended"]}.get(
        state, []
    ):
        decide(agreement, step)
    if state == "refused":
        decide(agreement, "refused")
    return Agreement.objects.get(pk=agreement.pk)


class TestAsking:
    def test_the_request_is_signed_kept_recorded_and_waits_to_be_sent(self, mine):
        wanted = terms(fields=("code",), rows=(RowFilter("code", "prefix", ("50",)),))
        made = services.ask(provider=OTHER, terms=wanted)
        kept = Agreement.objects.get(pk=made.pk)
        assert (kept.provider, kept.consumer, kept.state, kept.told) == (OTHER, me(), "requested", False)
        assert (kept.service, kept.purpose, kept.decision) == ("towns", "planning", "")
        assert services.terms_of(kept) == wanted
        found = docs.read_request(kept.request, circle.keys_of(me()).get)
        assert (found.id, found.terms, found.consumer) == (kept.id, wanted, me())
        assert int(kept.requested_at.timestamp()) == found.iat
        assert [(each["id"], each["document"]) for each in recorded()] == [(kept.id, kept.request)]
        assert queries.untold() == [queries.Untold(kept.id, OTHER, "/requests", kept.request)]

    def test_only_a_member_can_be_asked(self, mine):
        refused(lambda: services.ask(provider="nobody.test", terms=terms()), "unknown-member", "member")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"purpose": "Planning"}, "purposes"),
            ({"path": "x"}, "path"),
            ({"not_after": 0}, "not_after"),
            ({"rate": -1}, "rate"),
        ],
    )
    def test_only_for_what_can_be_carried_out(self, mine, changes, field):
        refused(lambda: services.ask(provider=OTHER, terms=terms(**changes)), "grant-invalid", field)


class TestReceivingARequest:
    def test_it_is_kept_and_recorded_once(self, mine):
        token = request(mine)
        first = services.receive_request(sender=OTHER, token=token)
        again = services.receive_request(sender=OTHER, token=token)
        assert first.pk == again.pk
        assert (first.state, first.told, first.request) == ("requested", True, token)
        assert Agreement.objects.count() == 1
        assert [each["document"] for each in recorded()] == [token]
        assert queries.untold() == []
        assert not allowed(), "asking gives nothing"

    def test_repeating_it_does_not_undo_a_decision(self, mine):
        token = request(mine)
        made = services.receive_request(sender=OTHER, token=token)
        decide(made, "active")
        assert services.receive_request(sender=OTHER, token=token).state == "active"

    def test_the_sender_must_be_the_consumer_and_this_node_the_provider(self, mine):
        refused(lambda: received(mine, consumer=me()), "not-party", "request")
        refused(lambda: received(mine, provider=OTHER), "not-party", "request")
        token = request(mine)
        refused(lambda: services.receive_request(sender=me(), token=token), "agreement-refused", "document")

    def test_the_signature_must_be_the_senders(self, mine):
        forged = docs.Request(id="x", provider=me(), consumer=OTHER, iat=0, terms=terms())
        for name in ("root", "log", "tc1-next"):
            token = docs.sign(forged, mine.other.key(name))
            refused(
                lambda token=token: services.receive_request(sender=OTHER, token=token), "agreement-refused", "document"
            )
        refused(lambda: services.receive_request(sender=OTHER, token="junk"), "agreement-refused", "document")

    def test_one_id_names_one_request(self, mine):
        made = received(mine)
        refused(lambda: received(mine, id=made.id, terms=terms(purpose="tax")), "agreement-refused", "id")

    @pytest.mark.parametrize("purpose", ["", "Planning", "p" * 101])
    def test_terms_that_cannot_be_carried_out(self, mine, purpose):
        refused(lambda: received(mine, terms=terms(purpose=purpose)), "grant-invalid", "purposes")

    @pytest.mark.parametrize("changes", [{"id": "x" * 37}, {"id": ""}, {"id": "a\0b"}, {"id": "a b"}, {"id": "../x"}])
    def test_an_id_that_is_none(self, mine, changes):
        """It becomes a key of tables, part of addresses and of the id of a grant."""
        refused(lambda: received(mine, **changes), "agreement-refused", "id")

    @pytest.mark.parametrize(
        "changes",
        [
            {"reason": LocalText("a\0b", "x")},
            {"fields": ("a\0",)},
            {"rows": (RowFilter("a\0", "in", ("b",)),)},
            {"rows": (RowFilter("a", "in", ("\0",)),)},
        ],
    )
    def test_characters_that_no_database_keeps(self, mine, changes):
        """PostgreSQL has no U+0000; a node on SQLite refuses it alike."""
        refused(lambda: received(mine, terms=terms(**changes)), "grant-invalid", "terms")
        refused(lambda: services.ask(provider=OTHER, terms=terms(**changes)), "grant-invalid", "terms")

    def test_but_what_only_looks_like_one(self, mine):
        wanted = terms(reason=LocalText("\\u0000", "\\\\u0000"))
        assert services.terms_of(received(mine, terms=wanted)).reason == wanted.reason

    def test_the_longest_there_may_be(self, mine):
        made = received(mine, id="x" * 36, terms=terms(service="s" * 100, purpose="p" * 100, fields=("f" * 500,)))
        assert Agreement.objects.get(pk=made.pk).service == "s" * 100
        assert decide(made, "active").grants.get().pk == "x" * 36 + ".1"


class TestDeciding:
    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize("decision", DECISIONS)
    def test_only_these_ways_lead_from_state_to_state(self, mine, state, decision):
        agreement = brought_to(state, received(mine))
        assert agreement.state == state
        ways = {("requested", "active"), ("requested", "refused"), ("active", "suspended"), ("suspended", "active")}
        ways |= {("active", "ended"), ("suspended", "ended")}
        if (state, decision) in ways:
            assert decide(agreement, decision).state == decision
            assert allowed() == (decision == "active")
        else:
            problem = refused(lambda: decide(agreement, decision), "agreement-state", "state")
            assert problem.values == {"state": state, "act": decision}
            assert allowed() == (state == "active")

    def test_the_decision_is_signed_around_the_request(self, mine):
        agreement = decide(received(mine), "active", note="同意")
        found = docs.read_decision(agreement.decision, circle.keys_of(me()).get)
        assert (found.id, found.state, found.note, found.terms) == (
            agreement.id,
            "active",
            "同意",
            terms_asked(agreement),
        )
        assert found.request == agreement.request
        assert (agreement.decided_by, agreement.told) == ("steward", False)
        assert int(agreement.decided_at.timestamp()) == found.iat
        assert [each["document"] for each in recorded()] == [agreement.request, agreement.decision]
        assert queries.untold() == [queries.Untold(agreement.id, OTHER, "/decisions", agreement.decision)]

    def test_it_is_carried_out_at_once(self, mine):
        before = runtime.current().grants.version
        agreement = decide(received(mine, terms=terms(system="gis", methods=("GET", "POST"))), "active")
        (row,) = GrantRow.objects.all()
        assert (row.pk, row.agreement_id, row.service) == (f"{agreement.id}.1", agreement.id, "towns")
        assert row.subject == f"member:{OTHER}#gis"
        assert queries.grants() == [msgspec.convert(row.body, Grant)]
        assert allowed(system="gis", method="POST")
        assert not allowed(system="")
        assert runtime.current().grants.version not in {"", before}

    @pytest.mark.parametrize("end", ["suspended", "ended"])
    def test_it_stops_at_once(self, mine, end):
        agreement = decide(received(mine), "active")
        decide(agreement, end)
        assert not GrantRow.objects.exists()
        assert not allowed()

    def test_a_resumed_one_is_as_it_was(self, mine):
        agreement = decide(received(mine), "active", terms=None)
        decide(agreement, "suspended")
        decide(agreement, "active")
        assert GrantRow.objects.count() == 1
        assert allowed()

    def test_it_may_be_narrower(self, mine):
        asked = received(mine, terms=terms(fields=("a", "b")))
        narrower = msgspec.structs.replace(services.terms_of(asked), fields=("a",), rate=1)
        agreement = decide(asked, "active", terms=narrower)
        assert services.terms_of(agreement) == narrower
        assert queries.grants()[0].fields == ("a",)
        assert docs.read_decision(agreement.decision, circle.keys_of(me()).get).terms == narrower

    def test_it_may_not_be_wider(self, mine):
        asked = received(mine, terms=terms(fields=("a",)))
        wider = msgspec.structs.replace(services.terms_of(asked), fields=())
        refused(lambda: decide(asked, "active", terms=wider), "terms-wider", "fields")

    def test_nor_wider_than_it_was_when_it_is_resumed(self, mine):
        asked = received(mine, terms=terms(fields=("a", "b")))
        narrower = msgspec.structs.replace(services.terms_of(asked), fields=("a",))
        agreement = decide(decide(asked, "active", terms=narrower), "suspended")
        wide = msgspec.structs.replace(narrower, fields=("a", "b"))
        refused(lambda: decide(agreement, "active", terms=wide), "terms-wider", "fields")

    def test_terms_that_cannot_be_carried_out(self, mine):
        asked = received(mine)
        odd = msgspec.structs.replace(services.terms_of(asked), not_before=services.terms_of(asked).not_after)
        refused(lambda: decide(asked, "active", terms=odd), "grant-invalid", "not_after")

    def test_only_the_provider_decides(self, mine):
        own = services.ask(provider=OTHER, terms=terms())
        refused(lambda: decide(own, "active"), "not-party", "agreement")

    def test_what_is_not_there(self, mine):
        for name in ("", "nothing", ids.new_id()):
            with pytest.raises(Problem) as caught:
                services.decide(agreement_id=name, state="active", by="x")
            assert (caught.value.kind.code, caught.value.field) == ("not-found", "agreement")

    def test_a_long_name_of_who_decided_is_cut(self, mine):
        assert services.decide(agreement_id=received(mine).id, state="active", by="x" * 500).decided_by == "x" * 150


def terms_asked(agreement: Agreement) -> Terms:
    return docs.read_request(agreement.request, circle.keys_of(agreement.consumer).get).terms


class TestReceivingADecision:
    @pytest.fixture
    def asked(self, mine) -> Agreement:
        """A request of this node to the other side."""
        return services.ask(provider=OTHER, terms=terms(fields=("a", "b")))

    def answer(self, mine: Opened, asked: Agreement, **changes: Any) -> str:
        plain = {
            "id": asked.id,
            "provider": OTHER,
            "consumer": me(),
            "iat": clock.unix(),
            "state": "active",
            "request": asked.request,
            "terms": services.terms_of(asked),
        }
        return docs.sign(docs.Decision(**(plain | changes)), mine.other.key("tc1"))

    def receive(self, token: str, sender: str = OTHER) -> Agreement:
        return services.receive_decision(sender=sender, token=token)

    @pytest.mark.parametrize("state", DECISIONS)
    def test_it_is_kept_and_recorded(self, mine, asked, state):
        token = self.answer(mine, asked, state=state)
        found = self.receive(token)
        assert (found.state, found.decision, found.told, found.decided_by) == (state, token, True, OTHER)
        assert [each["document"] for each in recorded()] == [asked.request, token]
        assert not GrantRow.objects.exists(), "the consumer has nothing to grant"

    def test_the_same_again_is_acknowledged_again(self, mine, asked):
        token = self.answer(mine, asked)
        self.receive(token)
        assert self.receive(token).state == "active"
        assert len(recorded()) == 2

    def test_a_later_one_takes_the_place_of_the_one_before(self, mine, asked):
        self.receive(self.answer(mine, asked))
        later = self.answer(mine, asked, state="suspended", iat=clock.unix() + 1)
        assert self.receive(later).state == "suspended"

    def test_an_earlier_one_arriving_late_does_not(self, mine, asked):
        early = self.answer(mine, asked, iat=clock.unix() - 10)
        late = self.answer(mine, asked, state="ended")
        self.receive(late)
        found = self.receive(early)
        assert (found.state, found.decision) == ("ended", late)
        assert len(recorded()) == 2

    def test_narrower_terms_are_taken_over_wider_ones_not(self, mine, asked):
        narrower = msgspec.structs.replace(services.terms_of(asked), fields=("a",))
        wider = msgspec.structs.replace(services.terms_of(asked), fields=())
        refused(lambda: self.receive(self.answer(mine, asked, terms=wider)), "terms-wider", "fields")
        assert services.terms_of(self.receive(self.answer(mine, asked, terms=narrower))) == narrower

    def test_with_a_reason_that_cannot_be_kept(self, mine, asked):
        odd = msgspec.structs.replace(services.terms_of(asked), reason=LocalText("\0", "x"))
        refused(lambda: self.receive(self.answer(mine, asked, terms=odd)), "grant-invalid", "terms")

    def test_it_is_for_the_provider_alone_to_make(self, mine, asked):
        token = self.answer(mine, asked)
        refused(lambda: self.receive(token, me()), "agreement-refused", "document")
        decision = docs.Decision(asked.id, OTHER, me(), clock.unix(), "active", asked.request, services.terms_of(asked))
        own = docs.sign(decision, mine.home.key("tc1"))
        refused(lambda: self.receive(own), "agreement-refused", "document")
        refused(lambda: self.receive(own, me()), "not-party", "decision")

    def test_it_must_quote_what_was_asked(self, mine, asked):
        found = docs.read_request(asked.request, circle.keys_of(me()).get)
        other = docs.sign(msgspec.structs.replace(found, iat=found.iat + 1), mine.home.key("tc1"))
        refused(lambda: self.receive(self.answer(mine, asked, request=other)), "not-party", "decision")
        refused(lambda: self.receive(self.answer(mine, asked, request="junk")), "agreement-refused", "request")

    def test_on_something_that_was_never_asked(self, mine):
        found = docs.Request(id=ids.new_id(), provider=OTHER, consumer=me(), iat=0, terms=terms())
        token = docs.sign(found, mine.home.key("tc1"))
        decision = docs.Decision(found.id, OTHER, me(), 0, "active", token, terms())
        with pytest.raises(Problem, match="not-found"):
            self.receive(docs.sign(decision, mine.other.key("tc1")))

    def test_on_a_request_of_the_other_side_itself(self, mine):
        """Both nodes know it, but here this one is the provider."""
        agreement = received(mine)
        decision = docs.Decision(agreement.id, me(), OTHER, clock.unix(), "active", agreement.request, terms())
        refused(lambda: self.receive(docs.sign(decision, mine.other.key("tc1"))), "not-party", "decision")

    def test_it_arrives_though_the_key_that_asked_was_revoked_meanwhile(self, mine, asked):
        """Or an agreement could be neither suspended nor ended after a key was lost."""
        kid = mine.home.key("tc1").public.kid
        circle_services.revoke(member=me(), kid=kid, index=0, reason="lost")
        assert self.receive(self.answer(mine, asked, state="ended")).state == "ended"


class TestDelivery:
    def test_what_was_acknowledged_is_not_sent_again(self, mine):
        made = services.ask(provider=OTHER, terms=terms())
        services.mark_told(agreement_id=made.id, token="another")
        assert len(queries.untold()) == 1
        services.mark_told(agreement_id=made.id, token=made.request)
        assert queries.untold() == []

    def test_an_acknowledged_request_says_nothing_of_the_decision(self, mine):
        agreement = decide(received(mine), "active")
        services.mark_told(agreement_id=agreement.id, token=agreement.request)
        assert len(queries.untold()) == 1
        services.mark_told(agreement_id=agreement.id, token=agreement.decision)
        assert queries.untold() == []

    def test_nor_an_earlier_decision_of_a_later_one(self, mine):
        first = decide(received(mine), "active")
        decide(first, "suspended")
        services.mark_told(agreement_id=first.id, token=first.decision)
        assert [each.path for each in queries.untold()] == ["/decisions"]

    def test_there_is_a_limit_to_what_is_sent_at_once(self, mine):
        for _ in range(3):
            services.ask(provider=OTHER, terms=terms())
        assert len(queries.untold(limit=2)) == 2
