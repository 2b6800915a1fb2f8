"""Pages of the ledger: what they show of each log, and what they keep closed."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from twincity.engines.ledger import facade, queries, services
from twincity.engines.ledger.facade import LogProof, Policy
from twincity.kernel import jws

pytestmark = pytest.mark.django_db
PAGE = reverse("ledger")
SECRET = b'{"at":1700000000000,"id":"m1","peer":"sc.test","side":"provider"}'


@pytest.fixture
def logs(node_home):
    """Both logs of a fresh node, with one record each, under a checkpoint."""
    cache.clear()
    services.open_ledger(node_home, lambda _: ())
    document = jws.sign({"iat": 1_700_000_000, "iss": "node.test"}, node_home.key("tc1"), typ="tc-keys+jwt")
    facade.append_public(document.encode())
    facade.exchange_log().append_wait(lambda _: SECRET)
    services.publish_checkpoints()
    yield services.ledger()
    services.close_ledger()


@pytest.fixture
def reader(client):
    client.force_login(get_user_model().objects.create(username="nobody"))
    return client


def page(browser, address, language="zh-hans", status=200):
    answer = browser.get(address, headers={"Accept-Language": language, "Accept": "text/html"})
    assert answer.status_code == status
    return answer.content.decode()


def record(name, place=0):
    return reverse("ledger-record", args=[name, place])


@pytest.mark.parametrize(
    "address",
    [PAGE, record("public"), reverse("ledger-records", args=["public"]), reverse("ledger-policy", args=["public"])],
)
def test_strangers_are_led_to_sign_in(client, logs, address):
    assert client.get(address).url.startswith("/accounts/login/")


def test_both_logs_with_checkpoint_and_signer(reader, logs):
    html = page(reader, PAGE)
    for name, log in logs.logs.items():
        root = log.checkpoint().checkpoint.root.hex()
        assert root in html
        assert record(name) in html
    assert all(text in html for text in ("公开账本", "交换账本", "密钥声明", "还没有见证签名"))
    assert "Nobody has cosigned yet" in page(reader, PAGE, "en")


def test_an_empty_log_says_so(reader, node_home):
    services.open_ledger(node_home, lambda _: ())
    try:
        assert "还没有记录" in page(reader, PAGE)
    finally:
        services.close_ledger()


def test_a_public_record_is_shown_in_full(reader, logs):
    html = page(reader, record("public"))
    assert "&quot;iss&quot;: &quot;node.test&quot;" in html
    assert reader.get(record("public") + "content").content == logs.logs["public"].record(0).data


def test_a_record_of_the_exchange_log_stays_closed(reader, logs):
    html = page(reader, record("exchange")) + page(reader, PAGE)
    assert "sc.test" not in html
    assert not re.search(r"\bm1\b", html)  # as a word: tokens of the forms hold any two characters
    assert queries.entry(logs.logs["exchange"], 0).published in html
    assert page(reader, record("exchange") + "content", status=404)


def test_the_proof_and_the_keys_verify_the_record_offline(reader, logs):
    proof = LogProof.parse(reader.get(record("public") + "proof").content)
    policy = Policy.parse(reader.get(reverse("ledger-policy", args=["public"])).content.decode())
    content = reader.get(record("public") + "content").content
    assert proof.verify_public(content, policy).place == 0
    with pytest.raises(ValueError):
        proof.verify_public(content + b" ", policy)


@pytest.mark.parametrize("address", ["/ledger/other/", record("public", 1), record("public", 1) + "proof"])
def test_nothing_at_that_place(reader, logs, address):
    page(reader, address, status=404)


def test_unknown_parameters_are_refused(reader, logs):
    address = reverse("ledger-records", args=["public"])
    answer = reader.get(address, {"sort": "x"}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["field"]) == (400, "sort")
    assert reader.get(address, {"page": "0"}).status_code == 422


def test_pages_of_records_go_back_from_the_latest(reader, logs):
    log = logs.logs["public"]
    for number in range(60):
        log.append_wait(lambda _, number=number: b"record %d" % number)
    address = reverse("ledger-records", args=["public"])
    assert record("public", 60) in page(reader, address)
    assert record("public", 0) not in page(reader, address)
    assert record("public", 0) in page(reader, address + "?page=2")


class TestVerifying:
    def press(self, browser, name="public"):
        return browser.post(reverse("ledger-verify", args=[name]))

    def test_what_holds_is_said_with_its_extent(self, reader, logs):
        answer = self.press(reader)
        assert answer.status_code == 302
        html = page(reader, answer.url)
        assert "验证通过" in html
        assert "全部 1 条记录" in html

    @pytest.mark.parametrize("name", ["public", "exchange"])
    def test_a_changed_file_is_found(self, reader, logs, name):
        bundle = logs.roots[name] / "tile/entries/000.p/1"
        data = bundle.read_bytes()
        bundle.chmod(0o600)
        bundle.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        self.press(reader, name)
        html = page(reader, PAGE)
        assert "验证未通过" in html
        assert "tile/entries/000" in html

    def test_a_missing_file_is_found(self, reader, logs):
        (logs.roots["public"] / "tile/0/000.p/1").unlink()
        self.press(reader)
        assert "tile/0/000.p/1 is missing" in page(reader, PAGE, "en")

    def test_it_asks_for_the_forms_token(self, logs):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(get_user_model().objects.create(username="nobody"))
        assert self.press(browser).status_code == 403

    def test_it_is_not_done_by_a_link(self, reader, logs):
        assert reader.get(reverse("ledger-verify", args=["public"])).status_code == 405

    def test_strangers_do_not_make_the_node_work(self, client, logs):
        assert self.press(client).url.startswith("/accounts/login/")
        assert cache.get("ledger.verdict.node.test.public") is None


class TestALargeLog:
    """``whole`` and ``tiles`` are made small instead."""

    @pytest.fixture
    def log(self, logs):
        log = logs.logs["exchange"]
        for number in range(600):
            log.append_wait(lambda _, number=number: b'{"id":"%d","at":1}' % number)
        services.publish_checkpoints()
        return log

    def verify(self, logs, log, **bounds):
        return queries.verify(log, logs.roots["exchange"], **bounds)

    def test_the_latest_part_is_verified(self, logs, log):
        verdict = self.verify(logs, log, whole=100, tiles=2)
        assert verdict.holds
        assert (verdict.first, verdict.size, verdict.beyond) == (256, 601, 0)

    def test_what_came_after_the_checkpoint_is_counted(self, logs, log):
        log.append_wait(lambda _: b"{}")
        assert self.verify(logs, log).beyond == 1

    @pytest.mark.parametrize(("bundle", "holds"), [("000", True), ("001", False)])
    def test_damage_is_found_where_it_was_looked_for(self, logs, log, bundle, holds):
        self.damage(logs.roots["exchange"] / f"tile/entries/{bundle}")
        verdict = self.verify(logs, log, whole=100, tiles=2)
        assert verdict.holds is holds
        assert ("bundle 1" in verdict.fault) is not holds
        assert not self.verify(logs, log).holds

    @pytest.mark.parametrize("tile", ["0/001", "0/000", "1/000.p/2"])
    def test_tiles_lead_up_to_the_signed_root(self, logs, log, tile):
        self.damage(logs.roots["exchange"] / "tile" / tile)
        assert self.verify(logs, log, whole=100, tiles=2).holds is (tile == "0/000")

    def damage(self, path):
        data = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def test_the_panel_is_for_everyone_and_leads_in_only_who_may_enter(client, logs):
    html = client.get("/").content.decode().split("<main")[1]
    assert "公开账本" in html
    assert f'href="{PAGE}"' not in html
    client.force_login(get_user_model().objects.create(username="nobody"))
    assert f'href="{PAGE}"' in client.get("/").content.decode().split("<main")[1]
