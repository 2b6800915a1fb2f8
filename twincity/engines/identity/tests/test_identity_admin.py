"""The back room's pages for accounts, systems and second factors, used as an operator uses them."""

from __future__ import annotations

import hashlib

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.admin import site

from twincity.engines.identity import facade
from twincity.engines.identity.models import Account

pytestmark = pytest.mark.django_db
PASSWORD = "seven green tractors"


@pytest.fixture
def operator(client, monkeypatch):
    """A client of an operator whose second factor is taken for given; giving it is the back room's own test."""
    monkeypatch.setattr("twincity.node.backroom._gave_second_factor", lambda request: True)
    facade.create_account(username="ops", password=PASSWORD, roles=["operator"])
    client.force_login(Account.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(client, path):
    return client.get(f"/back-room/identity/{path}").content.decode()


def fill(client, path, **form):
    return client.post(f"/back-room/identity/{path}", form, follow=True)


def test_an_account_is_made_with_password_and_roles(operator):
    fill(operator, "account/add/", username="Li", password=PASSWORD, roles=["official"], is_active="on")
    assert Account.objects.get(username="li").check_password(PASSWORD)
    (made,) = (record for record in facade.accounts() if record.username == "li")
    assert made.roles == {"official"}
    assert "经办人" in page(operator, "account/")


@pytest.mark.parametrize("form", [{"password": "short"}, {"username": "OPS"}, {"password": ""}])
def test_a_bad_form_is_shown_again(operator, form):
    answer = fill(operator, "account/add/", **{"username": "li", "password": PASSWORD, "is_active": "on"} | form)
    assert "errorlist" in answer.content.decode()
    assert Account.objects.count() == 1


def test_roles_change_and_the_password_stays_when_left_blank(operator):
    facade.create_account(username="li", password=PASSWORD, roles=["official"])
    pk = Account.objects.get(username="li").pk
    assert 'value="official" id="id_roles_1" checked' in page(operator, f"account/{pk}/change/")
    fill(operator, f"account/{pk}/change/", username="li", title="Li", roles=["auditor"], is_active="on", password="")
    changed = Account.objects.get(pk=pk)
    assert (changed.title, changed.roles) == ("Li", {"auditor"})
    assert changed.check_password(PASSWORD)


def test_a_forgotten_password_is_replaced(operator):
    facade.create_account(username="li", password=PASSWORD)
    pk = Account.objects.get(username="li").pk
    fill(operator, f"account/{pk}/change/", username="li", password="nine quiet harbours")
    changed = Account.objects.get(pk=pk)
    assert changed.check_password("nine quiet harbours")
    assert not changed.is_active


def test_accounts_are_never_deleted(operator):
    assert operator.get(f"/back-room/identity/account/{Account.objects.get().pk}/delete/").status_code == 403


def test_a_systems_token_is_shown_once(operator):
    answer = fill(operator, "localsystem/add/", name="hospital-1", purposes="care\naudit").content.decode()
    (record,) = facade.systems()
    token = "tcs_" + answer.split("tcs_")[1][:43]
    assert record.token_sha256 == hashlib.sha256(token.encode()).digest()
    assert record.purposes == {"care", "audit"}
    assert "tcs_" not in page(operator, "localsystem/")


def test_purposes_of_a_system_are_checked(operator):
    answer = fill(operator, "localsystem/add/", name="hospital-1", purposes="x" * 81).content.decode()
    assert "errorlist" in answer
    assert facade.systems() == []


@pytest.mark.parametrize(("action", "active"), [("issue", True), ("revoke", False)])
def test_tokens_are_renewed_and_stopped_in_the_list(operator, action, active):
    old = facade.issue_system_token(name="hospital-1", purposes=["care"])
    listing = page(operator, "localsystem/")
    pk = listing.split('name="_selected_action" value="')[1].split('"')[0]
    fill(operator, "localsystem/", action=action, _selected_action=pk)
    digests = [record.token_sha256 for record in facade.systems()]
    assert hashlib.sha256(old.encode()).digest() not in digests
    assert bool(digests) is active


def test_second_factors_can_be_removed_but_not_read(operator):
    TOTP.activate(Account.objects.get(), "SECRETSECRET")
    factor = Authenticator.objects.get()
    shown = page(operator, f"secondfactor/{factor.pk}/change/")
    assert "totp" in shown.lower()
    assert "secret" not in shown.lower()
    operator.post(f"/back-room/identity/secondfactor/{factor.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.exists()


def test_an_auditor_looks_but_does_not_change(operator):
    facade.set_roles(username="ops", roles=["auditor"])
    assert operator.get("/back-room/identity/account/").status_code == 200
    assert operator.get("/back-room/identity/account/add/").status_code == 403
    assert operator.get("/back-room/identity/localsystem/add/").status_code == 403


def test_tables_without_use_are_not_shown():
    assert {model._meta.model_name for model in site._registry}.isdisjoint({"group", "emailaddress", "authenticator"})
