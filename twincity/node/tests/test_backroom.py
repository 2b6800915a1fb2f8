"""The way into the back room: staff only, and only with a second factor."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal import auth
from django.core.cache import cache

from twincity.engines.identity import facade

pytestmark = pytest.mark.django_db
PASSWORD = "seven green tractors"
BACK_ROOM = "/back-room/"


@pytest.fixture(autouse=True)
def _fixed_time_step(monkeypatch):
    """Codes of one time step, so that no test falls between two; attempts of other tests are forgotten."""
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([1]))
    cache.clear()


def signed_in(client, *roles):
    facade.create_account(username="wang", password=PASSWORD, roles=roles)
    client.post("/accounts/login/", {"login": "wang", "password": PASSWORD})
    return client


def code_for(secret):
    return auth.format_hotp_value(auth.hotp_value(secret, 1))


def set_up_factor(client):
    """Walk through the pages that set up a second factor; answers its secret."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)}).status_code == 302
    return secret


def test_visitors_sign_in_first(client):
    answer = client.get(BACK_ROOM, follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=/back-room/"


def test_djangos_own_sign_in_form_is_never_shown(client):
    assert client.post("/back-room/login/", {"username": "wang", "password": PASSWORD}).status_code == 302


def test_accounts_without_a_staff_role_are_refused(client):
    assert signed_in(client, "steward", "official").get(BACK_ROOM, follow=True).status_code == 403


@pytest.mark.parametrize("role", ["operator", "auditor"])
def test_staff_without_a_second_factor_is_led_to_set_one_up(client, role):
    answer = signed_in(client, role).get(BACK_ROOM, follow=True)
    paths = [path for path, _ in answer.redirect_chain]
    assert "/accounts/2fa/totp/activate/" in paths
    assert "进入后台须启用双因素认证" in answer.content.decode()


def test_having_a_factor_is_not_enough_it_must_be_given_in_this_session(client):
    secret = set_up_factor(signed_in(client, "operator"))
    answer = client.get("/back-room/identity/account/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/2fa/reauthenticate/?next=/back-room/identity/account/"
    answer = client.post(answer.redirect_chain[-1][0], {"code": code_for(secret)}, follow=True)
    assert answer.redirect_chain[-1][0] == "/back-room/identity/account/"
    assert answer.status_code == 200


def test_signing_in_with_the_factor_opens(client):
    secret = set_up_factor(signed_in(client, "operator"))
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": "wang", "password": PASSWORD})
    assert client.get(BACK_ROOM).status_code == 302
    client.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    page = client.get(BACK_ROOM)
    assert page.status_code == 200
    assert "后台" in page.content.decode()


def test_a_record_of_somebody_else_does_not_count(client):
    session = signed_in(client, "operator").session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 0}]
    session["account_authentication_methods_user"] = "0"
    session.save()
    assert client.get(BACK_ROOM).status_code == 302


def test_the_way_on_never_leads_to_another_site(client):
    secret = set_up_factor(signed_in(client, "operator"))
    client.post("/accounts/2fa/reauthenticate/", {"code": code_for(secret)})
    assert client.get("/back-room/login/?next=https://evil.example/").url == BACK_ROOM
    assert client.get("/back-room/login/?next=/back-room/identity/").url == "/back-room/identity/"


def test_leaving_the_back_room_signs_out(client):
    secret = set_up_factor(signed_in(client, "operator"))
    client.post("/accounts/2fa/reauthenticate/", {"code": code_for(secret)})
    assert client.post("/back-room/logout/").url == "/"
    assert client.get("/me/").status_code == 302
