"""Light or dark by choice."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from twincity.kernel.problems import Problem
from twincity.kernel.ui import looks


def choose(**data):
    return looks.choose(RequestFactory().post("/look/", data))


def test_a_choice_is_kept_and_leads_back():
    answer = choose(look="dark", next="/exchanges/?page=2")
    assert answer.url == "/exchanges/?page=2"
    assert answer.cookies[looks.COOKIE].value == "dark"
    assert answer.cookies[looks.COOKIE]["samesite"] == "Lax"


def test_following_the_system_again_forgets_the_choice():
    assert choose(look="", next="/").cookies[looks.COOKIE]["max-age"] == 0


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_the_way_back_never_leads_elsewhere(target):
    assert choose(look="light", next=target).url == "/"


def test_an_unknown_look_is_refused():
    with pytest.raises(Problem):
        choose(look="pink")


@pytest.mark.parametrize(("cookie", "look"), [("dark", "dark"), ("light", "light"), ('"><script>', ""), ("", "")])
def test_only_a_known_look_reaches_the_page(cookie, look):
    request = RequestFactory().get("/")
    request.COOKIES[looks.COOKIE] = cookie
    assert looks.chosen(request)["look"] == look
