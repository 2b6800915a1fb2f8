"""Pages of exchanges and grants: who sees them, and what they say when something is wrong."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from twincity.engines.circle.tests.opened import OTHER, sign_in
from twincity.engines.exchange import facade, queries, services
from twincity.engines.exchange.evidence import verify as evidence
from twincity.engines.exchange.evidence.bundle import FORMAT, Bundle
from twincity.engines.exchange.pages import exchanges as pages
from twincity.engines.exchange.tests.pages_world import contract, exchanging, one, page, recorded, requested
from twincity.engines.exchange.wire.consumer import UNREACHABLE
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, Problem

pytestmark = pytest.mark.django_db
LIST, AGREEMENTS, NEW, WHY = map(reverse, ("exchanges", "exchanges-agreements", "exchanges-ask", "exchanges-why"))


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

    def test_it_is_ordered_by_time_or_partner(self, official, circle):
        rows = [recorded(circle), recorded(circle, "consumer")]
        first, second = (one(record) for record in rows)
        latest_last = page(official, LIST, sort="at")
        assert latest_last.index(first) < latest_last.index(second)
        latest_first = page(official, LIST, sort="-at")
        assert latest_first.index(second) < latest_first.index(first)
        assert 'aria-sort="descending"' in latest_first

    def test_the_whole_list_is_to_be_had_as_a_file(self, official, circle):
        record = recorded(circle, path="/units/500231")
        answer = official.get(LIST, {"format": "csv", "outcome": "ok"})
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert answer["Content-Disposition"] == 'attachment; filename="exchanges.csv"'
        assert record.id in text
        assert "/units/500231" in text
        assert page(official, LIST).count("format=csv") == 1

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
