"""Pages of exchanges, agreements and grants: who sees them, who signs, and what they say when something is wrong."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from twincity.engines.circle.facade import directory
from twincity.engines.circle.tests.opened import OTHER, opened, sign_in
from twincity.engines.exchange import facade, queries, services
from twincity.engines.exchange.evidence import verify as evidence
from twincity.engines.exchange.evidence.bundle import FORMAT, Bundle
from twincity.engines.exchange.pages import exchanges as pages
from twincity.engines.exchange.tests.pages_world import DAY, recorded, requested, terms
from twincity.engines.exchange.wire.consumer import UNREACHABLE
from twincity.kernel import clock
from twincity.kernel.http.client import Client as Wire
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import NOT_FOUND, Problem

pytestmark = pytest.mark.django_db
LIST, AGREEMENTS, NEW, WHY = map(reverse, ("exchanges", "exchanges-agreements", "exchanges-ask", "exchanges-why"))


@pytest.fixture
def circle(node_home, tmp_path):
    cache.clear()
    with opened(node_home, tmp_path) as made:
        facade.start(node_home.config, Wire())
        yield made
        facade.stop()


@pytest.fixture
def official(client):
    return sign_in(client, "official")


@pytest.fixture
def steward():
    return sign_in(Client(), "steward")


def page(browser, address, language="zh-hans", status=200, **query):
    answer = browser.get(address, query, headers={"Accept-Language": language, "Accept": "text/html"})
    assert answer.status_code == status
    return answer.content.decode()


def one(record):
    return reverse("exchanges-one", args=[record.id])


def contract(agreement):
    return reverse("exchanges-agreement", args=[agreement.pk])


class TestWhoMayEnter:
    @pytest.mark.parametrize("address", [LIST, AGREEMENTS, NEW, WHY, "/exchanges/x/", "/evidence/x.json"])
    def test_strangers_are_led_to_sign_in(self, client, circle, address):
        assert client.get(address).url.startswith("/accounts/login/")

    @pytest.mark.parametrize("address", [LIST, AGREEMENTS, NEW, WHY, "/exchanges/x/"])
    def test_an_account_without_role_is_refused(self, client, circle, address):
        page(sign_in(client), address, status=403)

    @pytest.mark.parametrize("role", ["official", "auditor", "operator", "steward"])
    def test_these_roles_look(self, client, circle, role):
        record, agreement = recorded(circle), requested(circle)
        for address in (LIST, AGREEMENTS, WHY, one(record), contract(agreement)):
            page(sign_in(client, role) if address == LIST else client, address)

    def test_only_stewards_sign(self, official, circle):
        agreement = requested(circle)
        page(official, NEW, status=403)
        assert "签署决定" not in page(official, contract(agreement))
        assert official.post(contract(agreement), {"state": "active"}).status_code == 403
        assert queries.agreement(agreement.pk).state == "requested"


class TestTheList:
    def test_what_was_exchanged_is_listed(self, official, circle):
        record = recorded(circle, path="/units/500231")
        html = page(official, LIST)
        assert all(text in html for text in (one(record), "四川省", "对方调用", "planning", "已应答", "2.1"))
        assert "Sichuan" in page(official, LIST, "en")

    def test_the_protocols_own_calls_are_left_out_until_asked_for(self, official, circle):
        record = recorded(circle, service="tc.evidence")
        assert one(record) not in page(official, LIST)
        assert one(record) in page(official, LIST, protocol="on")
        assert one(record) in page(official, LIST, service="tc.evidence")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"outcome": "ok"}, "ok"),
            ({"outcome": "refused"}, "grant-missing"),
            ({"outcome": "silent"}, "unanswered"),
            ({"text": "case-7"}, "grant-missing"),
            ({"peer": OTHER, "service": "farms"}, "unanswered"),
        ],
    )
    def test_it_is_narrowed(self, official, circle, query, found):
        made = {
            "ok": recorded(circle),
            "grant-missing": recorded(circle, outcome="grant-missing", case="case-7"),
            "unanswered": recorded(circle, "consumer", outcome="unanswered", answered=False, service="farms"),
        }
        html = page(official, LIST, **query)
        assert {name for name, record in made.items() if one(record) in html} == {found}

    def test_a_stale_directory_is_marked(self, official, circle):
        recorded(circle, stale=True)
        assert "名录过时" in page(official, LIST)

    def test_nothing_yet_and_nothing_found(self, official, circle):
        assert "还没有交换" in page(official, LIST)
        assert "没有符合条件的交换" in page(official, LIST, outcome="ok")

    @pytest.mark.parametrize("query", [{"sort": "x"}, {"peer": "nobody.test"}, {"outcome": "x"}, {"page": "0"}])
    def test_what_means_nothing_is_refused(self, official, circle, query):
        answer = official.get(LIST, query, headers={"Accept": "application/json"})
        assert answer.status_code in {400, 422}
        assert answer.json()["field"] == next(iter(query))

    def test_it_goes_back_a_bounded_way(self, official, circle, monkeypatch):
        monkeypatch.setattr(pages, "LISTED", 2)
        records = [recorded(circle) for _ in range(3)]
        html = page(official, LIST)
        assert "仅列出最近 2 条" in html
        assert len(records) == 3

    @pytest.mark.parametrize("message", ["a/b", "<b>", "a b;c?d#e", "50%", "."])
    def test_any_message_id_a_caller_may_choose_leads_to_its_page(self, official, circle, message):
        record = recorded(circle, id=message)
        html = page(official, LIST)
        assert "<b>" not in html
        if message != ".":
            assert "planning" in page(official, one(record))

    def test_requests_turned_away_unsigned_are_told(self, official, circle):
        problem = Problem(NOT_FOUND, what="<key>")
        turned = SimpleNamespace(at=clock.millis(), message="m", kid="k", target="https://x.test/", problem=problem)
        facade.runtime.current().turned.append(turned)
        html = page(official, LIST)
        assert "未签名即被拒的请求" in html
        assert "没有 &lt;key&gt;" in html


class TestAnExchange:
    def test_both_signature_bases_and_the_place_in_the_ledger(self, official, circle):
        record = recorded(circle, "consumer", case="case-1")
        html = page(official, one(record))
        assert "&quot;@target-uri&quot;: https://x.test/tc1/towns/units" in html
        assert "&quot;content-digest&quot;;req" in html
        place = queries.record_index(record.id, "consumer")
        assert reverse("ledger-record", args=["exchange", place]) in html
        assert f"{OTHER}/exchange&quot;;index=3" in html
        assert "case-1" in html

    def test_a_call_without_answer(self, official, circle):
        html = page(official, one(recorded(circle, "consumer", outcome="unanswered", answered=False)))
        assert "没有收到已签名的应答" in html

    def test_an_id_used_twice_shows_both(self, official, circle):
        first, second = recorded(circle, id="same"), recorded(circle, id="same", path="/other")
        html = page(official, one(first))
        places = [row.index for row in queries.exchanges(message="same").order_by("index")]
        assert first.path in html
        assert f"?entry={places[1]}" in html
        assert second.path in page(official, one(second), entry=places[1])
        page(official, one(second), entry=10_000, status=404)

    def test_the_agreement_it_rests_on(self, official, circle):
        agreement = requested(circle)
        html = page(official, one(recorded(circle, agreement=agreement.pk, grant=f"{agreement.pk}.1")), "en")
        assert contract(agreement) in html
        assert "planning the tourist road" in html

    def test_nothing_of_that_name(self, official, circle):
        page(official, "/exchanges/none/", status=404)


class TestARefusal:
    def test_the_conditions_are_shown_with_the_one_that_failed(self, official, circle):
        agreement = requested(circle)
        services.decide(agreement_id=agreement.pk, state="active", by="x")
        policy = facade.runtime.current().grants.version
        record = recorded(circle, outcome="grant-missing", purpose="tax", policy=policy)
        html = page(official, one(record))
        assert "拒绝原因" in html
        assert 'data-tone="bad"><span aria-hidden="true">✗' in html
        assert "用途 tax, 授权 planning" in html
        assert "此后授权有变动" not in html

    def test_changed_grants_are_said(self, official, circle):
        html = page(official, one(recorded(circle, outcome="grant-missing", policy="another")))
        assert "此后授权有变动" in html

    def test_the_consumer_is_led_to_ask(self, official, circle):
        html = page(official, one(recorded(circle, "consumer", outcome="grant-missing")))
        assert f"{NEW}?provider={OTHER}&amp;service=towns" in html


class TestEvidence:
    """The true collecting, between two nodes, is in the journey."""

    @pytest.fixture
    def collected(self, monkeypatch):
        """What collecting gives, in turn: a bundle, or a problem to raise."""
        given = []

        def collect(_):
            found = given.pop(0)
            if isinstance(found, Problem):
                raise found
            return found

        monkeypatch.setattr(services, "collect", collect)
        monkeypatch.setattr(pages.time, "sleep", lambda _: None)
        return given

    def bundle(self):
        return Bundle(format=FORMAT, charter=[{"payload": "x"}], documents=[], records=[])

    def test_every_check_is_shown_in_both_languages_and_the_bundle_can_be_had(self, official, circle, collected):
        record = recorded(circle)
        collected.append(self.bundle())
        answer = official.post(one(record))
        assert answer.status_code == 302
        html = page(official, answer.url.split("#")[0])
        assert "证明不成立" in html
        assert html.count("✗") == len(evidence.verify(self.bundle()).checks)
        assert "章程及其签名链成立" in html
        assert "the charter and its chain of signatures hold" in html
        file = official.get(reverse("exchanges-bundle", args=[record.id]))
        assert file.json()["format"] == FORMAT
        assert file["Content-Disposition"] == f'attachment; filename="evidence-{record.id}.json"'

    def test_a_checkpoint_on_its_way_is_waited_for(self, official, circle, collected):
        soon = Problem(UNREACHABLE, member=OTHER, reason="x", retry_after=1)
        collected += [soon, soon, self.bundle()]
        assert official.post(one(recorded(circle))).status_code == 302

    def test_why_it_could_not_be_collected(self, official, circle, collected):
        collected.append(Problem(UNREACHABLE, member=OTHER, reason="Unreachable", rule="provider-unreachable"))
        answer = official.post(one(recorded(circle)), headers={"Accept": "text/html"})
        assert answer.status_code == 502
        html = answer.content.decode()
        assert f"联系不上 {OTHER}" in html
        assert "provider-unreachable" in html
        assert "收集存证" in html

    def test_nothing_collected_nothing_to_download(self, official, circle):
        page(official, reverse("exchanges-bundle", args=[recorded(circle).id]), status=404)

    def test_it_asks_for_the_forms_token(self, circle):
        browser = sign_in(Client(enforce_csrf_checks=True), "official")
        assert browser.post(one(recorded(circle))).status_code == 403

    @pytest.mark.parametrize(("message", "name"), [("a/b", "a_b"), ('x"y', "x_y"), ("é", "é")])
    def test_file_names_hold_nothing_strange(self, message, name):
        assert pages._filename(message) == f"evidence-{name}.json"


class TestAgreements:
    def test_they_are_listed_by_state(self, official, circle):
        agreement = requested(circle)
        html = page(official, AGREEMENTS, state="requested")
        assert contract(agreement) in html
        assert "我方提供" in html
        assert "没有处于此状态的合约" in page(official, AGREEMENTS, state="ended")
        assert official.get(AGREEMENTS, {"state": "x"}).status_code == 422

    def test_the_text_is_there_in_both_languages_with_the_signature(self, official, circle):
        html = page(official, contract(requested(circle)))
        assert "旅游环线规划" in html
        assert "planning the tourist road" in html
        assert "签名成立" in html

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

    def test_a_term_beyond_the_calendar_breaks_no_page(self, steward, circle):
        agreement = requested(circle, not_after=2**53 - 1)
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
        assert "签署决定" not in page(steward, contract(agreement))
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


class TestWhy:
    def ask(self, browser, status=200, language="zh-hans", **changes):
        facts = {"member": OTHER, "service": "towns", "path": "/units", "purpose": "planning", "method": "GET"}
        return page(browser, WHY, language, status, **facts | changes)

    def test_the_form_comes_first(self, official, circle):
        html = page(official, WHY)
        assert "查因" in html
        assert "errorlist" not in html

    def test_allowed_with_every_condition(self, official, circle):
        agreement = requested(circle)
        services.decide(agreement_id=agreement.pk, state="active", by="x")
        html = self.ask(official)
        assert "此调用获准" in html
        assert html.count("✓") == 6
        assert html.count(contract(agreement)) == 1
        assert "granted to" in self.ask(official, language="en")

    def test_not_allowed_stops_at_the_first_miss(self, official, circle):
        services.decide(agreement_id=requested(circle).pk, state="active", by="x")
        html = self.ask(official, path="/units", method="POST")
        assert "此调用不获准" in html
        assert (html.count("✓"), html.count("✗")) == (1, 1)

    def test_nobody_was_granted_anything(self, official, circle):
        assert "没有授权同时指名服务 towns" in self.ask(official)

    def test_wrong_facts(self, official, circle):
        assert "errorlist" in self.ask(official, member="nobody.test", status=422)
        assert official.get(WHY, {"x": "1"}).status_code == 400


class TestThePanel:
    def home(self, browser):
        return browser.get("/", headers={"Accept-Language": "zh-hans"}).content.decode().split("<main")[1]

    def test_it_is_for_those_who_may_see(self, client, official, circle):
        record = recorded(circle)
        services.index_records()
        assert one(record) in self.home(official)
        assert one(record) not in self.home(Client())
        assert one(record) not in self.home(sign_in(Client()))

    def test_it_says_how_many_requests_wait(self, official, circle):
        requested(circle)
        html = self.home(official)
        assert "1 份申请待决定" in html
        assert f"{AGREEMENTS}?state=requested" in html
