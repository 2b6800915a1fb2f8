"""The pages: who may see what, in both languages, and what a form refuses."""

from __future__ import annotations

import pytest
from django.urls import reverse

from twincity.apps.watch import rules, services
from twincity.apps.watch.models import Alert, Export
from twincity.engines.exchange import services as exchange
from twincity.engines.exchange.tests.pages_world import page, recorded
from twincity.engines.identity import facade as identity
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText

pytestmark = pytest.mark.django_db
PASSWORD = "quite-long-enough-9"
ADDRESSES = ["traffic", "now", "alerts", "limits", "exports"]


@pytest.fixture
def enter(client):
    def sign_in(*roles):
        identity.create_account(username="somebody", password=PASSWORD, roles=roles)
        assert client.login(username="somebody", password=PASSWORD)
        return client

    return sign_in


def alert() -> Alert:
    finding = rules.Finding("disk-low", "", "bad", LocalText("磁盘剩余 3 MiB", "3 MiB of disk are left"))
    services.reconcile(findings=[finding], now=clock.now())
    return Alert.objects.get()


@pytest.mark.parametrize("name", ADDRESSES)
def test_visitors_are_sent_to_sign_in(client, name) -> None:
    assert client.get(reverse(f"watch:{name}")).status_code == 302


@pytest.mark.parametrize(
    ("role", "refused"),
    [("official", {"limits", "exports"}), ("operator", {"exports"}), ("auditor", {"limits"})],
)
def test_limits_are_the_operator_s_and_exports_the_auditor_s(mine, enter, role, refused) -> None:
    client = enter(role)
    got = {name for name in ADDRESSES if client.get(reverse(f"watch:{name}")).status_code == 403}
    assert got == refused


def test_the_traffic_page_shows_partners_alerts_and_time(mine, enter) -> None:
    client = enter("operator")
    recorded(mine)
    recorded(mine, outcome="grant-missing")
    exchange.index_records()
    alert()
    chinese, english = (page(client, reverse("watch:traffic"), language) for language in ("zh-hans", "en"))
    assert all(text in chinese for text in ("流量", "对方调用", "1 (50%)", "磁盘剩余 3 MiB"))
    assert all(text in english for text in ("Traffic", "called us", "1 (50%)", "3 MiB of disk are left"))
    assert "磁盘剩余" in page(client, "/")


def test_an_unknown_span_or_parameter_is_named(mine, enter) -> None:
    client = enter("operator")
    assert "span" in page(client, reverse("watch:traffic"), status=422, span="year")
    assert "colour" in page(client, reverse("watch:traffic"), status=400, colour="red")


def test_an_operator_takes_an_alert_and_an_auditor_cannot(mine, enter, client) -> None:
    found = alert()
    address = reverse("watch:alert", args=[found.pk])
    enter("auditor").post(address, {"note": "me"})
    found.refresh_from_db()
    assert not found.taken_by
    identity.set_roles(username="somebody", roles=["operator"])
    client.post(address, {"note": "换硬盘"})
    found.refresh_from_db()
    assert (found.taken_by, found.note) == ("somebody", "换硬盘")
    assert "换硬盘" in page(client, address)


def test_limits_are_set_and_a_wrong_one_is_named(mine, enter) -> None:
    client = enter("operator")
    given = dict.fromkeys(rules.Limits.__struct_fields__, 5)
    answer = client.post(reverse("watch:limits"), given | {"refused_percent": 0})
    assert "refused_percent" in answer.context["form"].errors
    assert client.post(reverse("watch:limits"), given).status_code == 302
    assert 'value="5"' in page(client, reverse("watch:limits"))


def test_an_export_must_be_narrowed_and_have_a_reason(mine, enter) -> None:
    client = enter("auditor")
    errors = client.post(reverse("watch:exports"), {"reason": "", "since": "2026-02-02", "until": "2026-01-01"})
    assert set(errors.context["form"].errors) == {"reason", "until"}
    assert client.post(reverse("watch:exports"), {"reason": "x"}).context["form"].non_field_errors()
    empty = client.post(reverse("watch:exports"), {"reason": "x", "case": "none"}, headers={"Accept-Language": "en"})
    assert empty.status_code == 422
    assert "holds no exchanges" in empty.content.decode()


def test_an_export_is_asked_for_watched_and_cancelled(mine, enter) -> None:
    client = enter("auditor")
    recorded(mine, case="2026/7")
    asked = client.post(reverse("watch:exports"), {"reason": "年度审计", "case": "2026/7"})
    made = Export.objects.get()
    assert asked.url == reverse("watch:export", args=[made.pk])
    assert "等待中" in page(client, asked.url)
    assert "data-live-done" not in page(client, reverse("watch:export-now", args=[made.pk]))
    assert client.get(reverse("watch:download", args=[made.pk])).status_code == 404
    client.post(reverse("watch:cancel", args=[made.pk]))
    assert "data-live-done" in page(client, reverse("watch:export-now", args=[made.pk]))
    assert "2026/7" in page(client, reverse("watch:exports"))
