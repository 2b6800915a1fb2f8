"""The first page, the language switch and the pages of what went wrong."""

from __future__ import annotations

import re

import pytest
from django.template.response import SimpleTemplateResponse
from django.test import Client, RequestFactory
from django.utils import translation

from twincity.node import pages

pytestmark = pytest.mark.django_db


def body(answer):
    return answer.content.decode()


def test_the_first_page_says_who_this_node_is(client):
    page = body(client.get("/"))
    assert "<h1>" in page
    assert "node.test" in page
    assert "500231" in page
    assert 'aria-current="page"' in page


def test_the_first_page_shows_the_names_of_the_nodes_keys(client, node_home):
    page = body(client.get("/"))
    for name in pages.SHOWN_KEYS:
        assert node_home.key(name).public.kid in page
        assert node_home.key(name).raw.hex() not in page


@pytest.mark.parametrize(("language", "word", "lang"), [("en", "This node", "en"), ("zh-hans", "本节点", "zh-hans")])
def test_the_language_is_chosen_by_a_form(client, language, word, lang):
    client.post("/language/setlang/", {"language": language, "next": "/"})
    page = body(client.get("/"))
    assert word in page
    assert f'<html lang="{lang}"' in page


def test_chinese_comes_first(client):
    assert "本节点" in body(client.get("/"))


def test_pages_obey_their_own_security_policy(client):
    answer = client.get("/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|style=|<script(?![^>]*src=)", body(answer))


def test_a_page_can_be_skipped_through_by_keyboard(client):
    page = body(client.get("/"))
    assert page.index('class="tc-skip" href="#main"') < page.index("<header") < page.index('<main id="main"')


def test_nothing_at_an_address(client):
    answer = client.get("/nothing/here/")
    assert answer.status_code == 404
    assert "此地址没有内容" in body(answer)
    assert "/nothing/here/" in body(answer)


def test_the_path_is_escaped(client):
    assert "<b>" not in body(client.get("/<b>/"))


def test_a_machine_gets_problem_details(client):
    answer = client.get("/nothing/", headers={"accept": "application/json"})
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not-found"


def test_a_form_without_its_token(client):
    answer = Client(enforce_csrf_checks=True).post("/language/setlang/", {"language": "en"})
    assert answer.status_code == 403
    assert "表单已失效" in body(answer)


def test_a_strange_host_name(client):
    answer = client.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "请求无法理解" in body(answer)


@pytest.mark.parametrize(("handler", "status", "text"), [(pages.forbidden, 403, "Not permitted")])
def test_a_refused_page_says_who_can_help(handler, status, text):
    with translation.override("en"):
        answer = handler(RequestFactory().get("/x/", headers={"accept": "text/html"}), PermissionError())
    assert answer.status_code == status
    assert text in body(answer)


@pytest.mark.parametrize(("language", "text"), [("en", "The node failed"), ("zh-hans", "节点出错")])
def test_a_failure_has_a_number_that_the_log_has_too(language, text, caplog):
    with translation.override(language):
        answer = pages.failed(RequestFactory().get("/x/", headers={"accept": "text/html"}))
    (record,) = caplog.records
    assert answer.status_code == 500
    assert text in body(answer)
    assert record.incident in body(answer)


def test_a_failure_is_told_to_a_machine(caplog):
    answer = pages.failed(RequestFactory().get("/x/", headers={"accept": "application/json"}))
    assert caplog.records[0].incident in body(answer)
    assert b'"code":"internal"' in answer.content


def test_a_failed_page_needs_no_database(client, monkeypatch, django_db_blocker):
    with django_db_blocker.block():
        assert pages.failed(RequestFactory().get("/x/", headers={"accept": "text/html"})).status_code == 500


@pytest.mark.parametrize("template", ["429.html", "account/login.html", "mfa/authenticate.html"])
def test_other_peoples_pages_wear_our_frame(template):
    response = SimpleTemplateResponse(template).resolve_template(template)
    assert "kernel" in response.template.source or "base_entrance" in response.template.source
