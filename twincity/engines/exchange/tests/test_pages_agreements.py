"""Pages of agreements: what is read before it is signed, deciding within what was asked, asking for data."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from twincity.engines.circle.facade import directory
from twincity.engines.circle.tests.opened import OTHER, sign_in
from twincity.engines.exchange import queries, services
from twincity.engines.exchange.agreement import documents as docs
from twincity.engines.exchange.tests.pages_world import (
    DAY,
    contract,
    exchanging,
    one,
    page,
    recorded,
    requested,
    terms,
)
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText

pytestmark = pytest.mark.django_db
LIST, AGREEMENTS, NEW = map(reverse, ("exchanges", "exchanges-agreements", "exchanges-ask"))


@pytest.fixture
def circle(node_home, tmp_path):
    with exchanging(node_home, tmp_path) as made:
        yield made


@pytest.fixture
def official(client):
    return sign_in(client, "official")


@pytest.fixture
def steward():
    return sign_in(Client(), "steward")


def approved(circle, asked):
    """A request of this node, with the other's approval as it arrives."""
    decision = docs.Decision(
        asked.id, OTHER, circle.home.config.id, clock.unix(), "active", asked.request, services.terms_of(asked)
    )
    return services.receive_decision(sender=OTHER, token=docs.sign(decision, circle.other.key("tc1")))


class TestAgreements:
    def test_they_are_listed_by_state(self, official, circle):
        agreement = requested(circle)
        html = page(official, AGREEMENTS, state="requested")
        assert contract(agreement) in html
        assert "我方提供" in html
        assert "没有处于此状态的合约" in page(official, AGREEMENTS, state="ended")
        assert official.get(AGREEMENTS, {"state": "x"}).status_code == 422

    def test_they_are_ordered_and_to_be_had_as_a_file(self, official, circle):
        agreement = requested(circle)
        assert 'aria-sort="ascending"' in page(official, AGREEMENTS, sort="requested_at")
        answer = official.get(AGREEMENTS, {"format": "csv", "state": "requested"})
        assert agreement.service in b"".join(answer.streaming_content).decode("utf-8-sig")
        assert official.get(AGREEMENTS, {"sort": "terms"}).status_code == 422

    def test_the_text_is_there_in_both_languages_with_the_signature(self, official, circle):
        html = page(official, contract(requested(circle)))
        assert "旅游环线规划" in html
        assert "planning the tourist road" in html
        assert "签名成立" in html

    def test_exchanges_under_it_are_listed_on_both_sides(self, official, circle):
        provided = requested(circle)
        under = recorded(circle, grant=f"{provided.pk}.1")
        services.index_records()
        html = page(official, contract(provided))
        assert one(under) not in html  # nothing was exchanged before a decision
        services.decide(agreement_id=provided.pk, state="active", by="x")
        html = page(official, contract(provided))
        assert one(under) in html
        assert f"{LIST}?text={provided.pk}" in html

    def test_a_consumer_sees_the_calls_that_it_covers(self, official, circle):
        asked = approved(circle, services.ask(provider=OTHER, terms=terms()))
        covered = recorded(circle, "consumer", purpose="planning.roads")
        others = [recorded(circle, "consumer", **each) for each in ({"purpose": "plan"}, {"service": "farms"})]
        services.index_records()
        html = page(official, contract(asked))
        assert one(covered) in html
        assert not [each for each in others if one(each) in html]
        assert f"{LIST}?peer={OTHER}&amp;service=towns" in html

    def test_a_signature_by_an_unknown_key_is_said(self, official, circle):
        agreement = requested(circle)
        directory().keys.clear()
        assert "签名不成立" in page(official, contract(agreement))

    def test_the_documents_can_be_had_as_signed(self, official, circle):
        agreement = requested(circle)
        request = official.get(reverse("exchanges-document", args=[agreement.pk, "request"]))
        assert request.content.decode() == agreement.request
        page(official, reverse("exchanges-document", args=[agreement.pk, "decision"]), status=404)
        page(official, reverse("exchanges-document", args=[agreement.pk, "terms"]), status=404)

    def test_a_term_to_the_end_of_the_calendar_breaks_no_page(self, steward, circle):
        agreement = requested(circle, not_after=253_402_300_799)  # of the year 9999 in UTC, of 10000 in Beijing
        assert "9999-12-31" in page(steward, contract(agreement))
        page(steward, AGREEMENTS)

    def test_what_a_partner_wrote_is_shown_as_text(self, official, circle):
        html = page(official, contract(requested(circle, reason=LocalText("<script>", "<b>"))))
        assert "<b>" not in html
        assert "&lt;script&gt;" in html


class TestDeciding:
    def decide(self, steward, agreement, **given):
        until = timezone.localdate(clock.instant(agreement.terms["not_after"] * 1000))
        data = {"fields_given": ", ".join(agreement.terms["fields"]), "until": until.isoformat(), "note": ""}
        answer = steward.post(contract(agreement), data | given, headers={"Accept": "text/html"})
        return answer, queries.agreement(agreement.pk)

    def test_approving_as_asked(self, steward, circle):
        asked = requested(circle)
        answer, agreement = self.decide(steward, asked, state="active")
        assert answer.url == contract(agreement)
        assert (agreement.state, agreement.decided_by) == ("active", "steward")
        assert services.terms_of(agreement) == services.terms_of(asked)
        html = page(steward, answer.url)
        assert "已签署、入账并送达对方" in html
        assert "送达中" in html

    def test_giving_less(self, steward, circle):
        asked = requested(circle, fields=("code", "name", "phone"))
        day = timezone.localdate(clock.now()) + timedelta(days=10)
        _, agreement = self.decide(steward, asked, state="active", fields_given="code，name", until=day.isoformat())
        given = services.terms_of(agreement)
        assert given.fields == ("code", "name")
        assert timezone.localtime(clock.instant(given.not_after * 1000)).isoformat().startswith(f"{day}T23:59:59")

    def test_giving_more_is_refused_and_names_the_field(self, steward, circle):
        answer, agreement = self.decide(
            steward, requested(circle, fields=("code",)), state="active", fields_given="code phone"
        )
        assert answer.status_code == 422
        assert "terms-wider" in answer.content.decode()
        assert agreement.state == "requested"

    def test_a_decision_must_be_chosen(self, steward, circle):
        answer, agreement = self.decide(steward, requested(circle))
        assert answer.status_code == 422
        assert agreement.state == "requested"

    def test_a_day_that_is_over_can_be_refused_and_not_approved(self, steward, circle):
        asked = requested(circle, not_after=clock.unix() + 60)
        clock.shift(3 * DAY)
        answer, agreement = self.decide(steward, asked, state="active")
        assert (answer.status_code, agreement.state) == (422, "requested")
        assert self.decide(steward, asked, state="refused")[1].state == "refused"

    def test_refusing_with_a_note(self, steward, circle):
        _, agreement = self.decide(steward, requested(circle), state="refused", note="哪一年?")
        html = page(steward, contract(agreement))
        assert agreement.state == "refused"
        assert "哪一年?" in html
        assert "签署决定" not in html

    def test_through_its_whole_life(self, steward, circle):
        agreement = requested(circle)
        for state in ("active", "suspended", "active", "ended"):
            _, agreement = self.decide(steward, agreement, state=state)
            assert agreement.state == state
            page(steward, contract(agreement))
        assert "签署决定" not in page(steward, contract(agreement))

    def test_an_active_one_offers_no_approval(self, steward, circle):
        _, agreement = self.decide(steward, requested(circle), state="active")
        answer, agreement = self.decide(steward, agreement, state="refused")
        assert (answer.status_code, agreement.state) == (422, "active")

    def test_what_is_over_cannot_be_decided_again(self, steward, circle):
        _, agreement = self.decide(steward, requested(circle), state="refused")
        answer, agreement = self.decide(steward, agreement, state="active")
        assert (answer.status_code, agreement.state) == (302, "refused")

    def test_the_consumer_decides_nothing(self, steward, circle):
        agreement = services.ask(provider=OTHER, terms=terms())
        html = page(steward, contract(agreement))
        assert 'name="act"' in html, "its own request can be withdrawn"
        assert 'name="state"' not in html, "and not approved"
        assert self.decide(steward, agreement, state="active")[1].state == "requested"


class TestAsking:
    def data(self, **changes):
        until = timezone.localdate(clock.now()) + timedelta(days=30)
        given = {"provider": OTHER, "service": "towns", "purpose": "planning.roads", "reason_zh": "规划"}
        given |= {"until": until.isoformat(), "path": "/*", "methods": "GET", "rate": "60"}
        given |= {"rows-TOTAL_FORMS": "2", "rows-INITIAL_FORMS": "0"}
        return given | changes

    def test_a_request_is_signed_and_kept(self, steward, circle):
        rows = {"rows-0-field": "code", "rows-0-op": "prefix", "rows-0-values": "5002、5116"}
        answer = steward.post(NEW, self.data(fields_asked="code, name", **rows))
        (agreement,) = queries.agreements()
        assert answer.url == contract(agreement)
        asked = services.terms_of(agreement)
        assert (asked.service, asked.purpose, asked.rate) == ("towns", "planning.roads", 60)
        assert asked.fields == ("code", "name")
        assert (asked.rows[0].field, asked.rows[0].op, asked.rows[0].values) == ("code", "prefix", ("5002", "5116"))
        assert (asked.reason.zh, asked.reason.en) == ("规划", "规划")
        assert 30 * DAY <= asked.not_after - clock.unix() < 31 * DAY

    def test_the_form_offers_the_others_and_takes_what_a_link_says(self, steward, circle):
        html = page(steward, NEW, provider=OTHER, service="towns")
        assert f'<option value="{OTHER}" selected>四川省 ({OTHER})</option>' in html
        assert f'<option value="{circle.home.config.id}"' not in html
        assert 'value="towns"' in html
        assert steward.get(NEW, {"x": "1"}).status_code == 400

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"provider": ""}, "provider"),
            ({"reason_zh": ""}, "reason_zh"),
            ({"until": "soon"}, "until"),
            ({"until": "2020-01-01"}, "until"),
            ({"rate": "0"}, "rate"),
            ({"methods": "PATCH"}, "methods"),
            ({"rows-1-field": "code"}, "rows-1"),
        ],
    )
    def test_what_is_missing_is_said_at_its_place(self, steward, circle, wrong, field):
        answer = steward.post(NEW, self.data(**wrong), headers={"Accept": "text/html"})
        assert answer.status_code == 422
        assert "errorlist" in answer.content.decode()
        assert not queries.agreements()

    @pytest.mark.parametrize(
        ("wrong", "rule"),
        [({"purpose": "Planning!"}, "purposes"), ({"path": "units"}, "path")],
    )
    def test_what_the_rules_refuse_is_said_with_field_and_rule(self, steward, circle, wrong, rule):
        answer = steward.post(NEW, self.data(**wrong), headers={"Accept": "text/html"})
        assert answer.status_code == 422
        html = answer.content.decode()
        assert "errorlist" in html
        assert rule in html
        assert not queries.agreements()

    def test_a_node_without_circle_cannot_ask(self, steward):
        page(steward, NEW, status=503)


class TestNegotiation:
    def test_a_steward_offers_wider_terms_and_the_page_shows_what_was_signed(self, steward, circle):
        found = requested(circle)
        given = {"state": "offered", "fields_given": "code, name, area", "until": "2090-01-01", "note": "更宽"}
        assert steward.post(contract(found), given).status_code == 302
        html = page(steward, contract(found))
        assert "提供方另提的条款" in html
        assert "经签名的其他条款" in html
        assert "更宽" in html
        assert queries.agreement(found.pk).state == "offered"

    def test_a_steward_takes_an_own_request_back(self, steward, circle):
        made = services.ask(provider=OTHER, terms=terms())
        assert "撤回申请" in page(steward, contract(made))
        assert steward.post(contract(made), {"act": "withdraw", "note": ""}).status_code == 302
        assert queries.agreement(made.pk).state == "withdrawn"
        assert "已撤回" in page(steward, contract(made))

    def test_an_official_does_not_sign(self, official, circle):
        made = services.ask(provider=OTHER, terms=terms())
        assert "撤回申请" not in page(official, contract(made))
        assert official.post(contract(made), {"act": "withdraw"}).status_code == 403
