"""Sessions: seen and ended by their owner, never kept over a sign-in, never of use to a visitor's credentials."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from twincity.engines.identity import facade
from twincity.engines.identity.models import SignIn
from twincity.engines.identity.services import visitors

pytestmark = pytest.mark.django_db
PASSWORD = "seven green tractors"


@pytest.fixture(autouse=True)
def _world():
    cache.clear()
    for name in ("li", "wang"):
        facade.create_account(username=name, password=PASSWORD, title=name)


def signed_in(username="li", password=PASSWORD, **headers):
    client = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Edg/140.0"} | headers)
    client.post("/accounts/login/", {"login": username, "password": password})
    return client


def is_in(client):
    return client.get("/me/").status_code == 200


def test_one_session_ends_another_and_not_somebody_else_s():
    here, there, other = signed_in(), signed_in(), signed_in("wang")
    page = here.get("/me/sessions/")
    assert "Edge · Windows" in page.content.decode()
    (theirs,) = (each["id"] for each in other.get("/me/sessions/").context["sessions"])
    (elsewhere,) = (each["id"] for each in page.context["sessions"] if not each["current"])
    assert here.post(f"/me/sessions/{theirs}/end/", headers={"accept": "text/html"}).status_code == 404
    here.post(f"/me/sessions/{elsewhere}/end/")
    assert (is_in(here), is_in(there), is_in(other)) == (True, False, True)


def test_the_history_shows_what_worked_and_what_did_not():
    signed_in(password="wrong")
    page = signed_in().get("/me/sessions/").content.decode()
    assert "失败" in page
    assert "密码" in page
    assert [each.failed for each in SignIn.objects.order_by("id")] == [True, False]


def test_the_history_has_an_end(monkeypatch, django_user_model):
    monkeypatch.setattr(visitors, "KEPT_SIGN_INS", 3)
    li = django_user_model.objects.get(username="li")
    for number in range(5):
        visitors.note_sign_in(li, way="password", second_factor=False, address=str(number))
    assert [each.address for each in li.sign_ins.all()] == ["4", "3", "2"]


def test_a_session_that_somebody_prepared_is_not_the_one_that_is_signed_in():
    client = Client()
    client.get("/accounts/circle/")
    client.post("/language/", {"language": "en"})
    session = client.session
    session["planted"] = 1
    session.save()
    before = session.session_key
    client.cookies["tc-session-8400"] = before
    client.post("/accounts/login/", {"login": "li", "password": PASSWORD})
    assert is_in(client)
    assert client.session.session_key != before


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(settings):
    client = Client()
    client.post("/accounts/login/", {"login": "li", "password": PASSWORD})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_an_unknown_name_and_a_wrong_password_look_alike():
    texts = []
    for name in ("li", "nobody"):
        cache.clear()
        answer = Client().post("/accounts/login/", {"login": name, "password": "wrong wrong wrong"})
        texts.append(answer.context["form"].errors.as_json())
    assert texts[0] == texts[1]


@pytest.fixture
def visitor(rf):
    """A browser in which somebody of another node is signed in."""
    made = facade.visitor(member="cq.example", subject="s" * 43, title="", roles=[])
    client = Client()
    client.force_login(_account(made.username))
    return client


def _account(username):
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(username=username)


def test_a_visitor_s_account_is_entered_by_no_password_and_outlives_no_visit(visitor):
    assert facade.account(username=_visitor_name()).home == "cq.example"
    assert not _account(_visitor_name()).has_usable_password()
    assert not is_in(visitor)  # no visit stands behind this session


def _visitor_name():
    return next(each.username for each in facade.accounts() if each.home)


def test_visitors_of_two_members_with_one_subject_are_two():
    one = facade.visitor(member="cq.example", subject="a" * 43, title="", roles=[])
    two = facade.visitor(member="sc.example", subject="a" * 43, title="", roles=[])
    again = facade.visitor(member="cq.example", subject="a" * 43, title="张", roles=["auditor"])
    assert one.id == again.id != two.id
    assert again.roles == {"auditor"}
    assert facade.visitor(member="cq.example", subject="a" * 43, title="张", roles=[]).roles == frozenset()
