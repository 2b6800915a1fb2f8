"""Signing in, and what is closed: signing up by oneself, mail, secrets in the clear."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import InvalidToken
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache

from twincity.engines.identity import facade
from twincity.engines.identity.accounts import SealedSecondFactor

pytestmark = pytest.mark.django_db
PASSWORD = "seven green tractors"


@pytest.fixture(autouse=True)
def _no_rates():
    cache.clear()


@pytest.fixture
def wang():
    facade.register_party(identifier="urn:bureau", kind="organisation", title="垫江县大数据局")
    facade.create_account(username="wang", password=PASSWORD, roles=["steward"], title="王敏", party="urn:bureau")


def sign_in(client, username="wang", password=PASSWORD):
    return client.post("/accounts/login/", {"login": username, "password": password})


def test_the_right_password_opens_in_any_spelling_of_the_name(client, wang):
    assert sign_in(client, "WANG").url == "/"
    page = client.get("/me/")
    assert "王敏" in page.content.decode()
    assert "数据管理员" in page.content.decode()
    assert "垫江县大数据局" in page.content.decode()


def test_the_wrong_password_does_not(client, wang):
    assert sign_in(client, password="wrong").status_code == 200
    assert client.get("/me/").status_code == 302


def test_guessing_is_slowed_down(client, wang):
    for _ in range(5):
        sign_in(client, password="wrong")
    assert "登录失败次数过多" in sign_in(client).content.decode()


def test_an_account_switched_off_stays_out(client, wang):
    get_user_model().objects.update(is_active=False)
    sign_in(client)
    assert client.get("/me/").status_code == 302


def test_a_new_password_ends_open_sessions(client, wang):
    sign_in(client)
    facade.set_password(username="wang", password="nine quiet harbours")
    assert client.get("/me/").status_code == 302


def test_signing_out_takes_one_press(client, wang):
    sign_in(client)
    assert client.post("/accounts/logout/").url == "/"
    assert client.get("/me/").status_code == 302


def test_nobody_signs_up_by_themselves(client):
    form = {"username": "mallory", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", form)
    assert not get_user_model().objects.exists()


def test_no_mail_leaves_the_node(client, wang):
    sign_in(client)
    client.post("/accounts/email/", {"action_add": "", "email": "wang@example.org"})
    client.logout()
    client.post("/accounts/password/reset/", {"email": "wang@example.org"})
    assert mail.outbox == []


def test_second_factors_lie_sealed(wang):
    TOTP.activate(get_user_model().objects.get(), "SECRETSECRET")
    (stored,) = Authenticator.objects.all()
    assert "SECRETSECRET" not in str(stored.data)
    assert SealedSecondFactor().decrypt(stored.data["secret"]) == "SECRETSECRET"


def test_a_seal_opens_only_with_the_nodes_secret(settings):
    sealed = SealedSecondFactor().encrypt("x")
    settings.SECRET_KEY = "another node's secret"
    with pytest.raises(InvalidToken):
        SealedSecondFactor().decrypt(sealed)
