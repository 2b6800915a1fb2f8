"""The registry of the first page's panels."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from twincity.kernel.problems import NOT_FOUND, UNAVAILABLE, Problem
from twincity.kernel.ui import panels
from twincity.kernel.ui.problems import ProblemPages


@pytest.fixture(autouse=True)
def _empty(monkeypatch):
    monkeypatch.setattr(panels, "_panels", {})


def drawn():
    return [str(html) for html in panels.render(RequestFactory().get("/"))]


def add(name, order, title):
    def function(request):
        return ("kernel/parts/panel.html", {"title": title}) if title else None

    function.__qualname__ = name
    return panels.panel(order=order)(function)


def test_panels_come_in_their_order():
    add("late", 20, "Second")
    add("early", 10, "First")
    first, second = drawn()
    assert "First" in first
    assert "Second" in second


def test_a_panel_with_nothing_to_say_is_left_out():
    add("silent", 1, "")
    assert drawn() == []


def test_registering_again_replaces():
    add("same", 1, "Old")
    add("same", 1, "New")
    (only,) = drawn()
    assert "New" in only


def answered(problem, accept="text/html"):
    request = RequestFactory().get("/x/", headers={"accept": accept})
    return ProblemPages(lambda _: None).process_exception(request, problem)


def test_a_problem_becomes_json_for_who_does_not_read_html():
    answer = answered(Problem(NOT_FOUND, what="grant"), "application/json")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert b'"code":"not-found"' in answer.content


def test_a_problem_becomes_a_page_for_a_browser():
    answer = answered(Problem(NOT_FOUND, field="grant.id", what="grant"))
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "没有 grant" in page
    assert "<code>grant.id</code>" in page
    assert '<main id="main"' in page


def test_a_problem_says_when_to_come_back():
    assert answered(Problem(UNAVAILABLE, reason="x", retry_after=0.2), "application/json")["Retry-After"] == "1"


def test_other_exceptions_are_left_to_django():
    assert answered(RuntimeError()) is None
