"""Wizards and their drafts: nothing typed is lost, no step is skipped, nothing is sent unseen."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpResponse
from django.test import RequestFactory

from twincity.kernel import clock
from twincity.kernel.problems import INVALID, UNAVAILABLE, Problem
from twincity.kernel.ui.drafts import MAX_BYTES, MAX_DRAFTS, Drafts
from twincity.kernel.ui.wizards import Step, Wizard


class What(forms.Form):
    name = forms.CharField(label="Name", max_length=20)
    parts = forms.MultipleChoiceField(label="Parts", choices=[("a", "Part A"), ("b", "Part B")])


class When(forms.Form):
    until = forms.SplitDateTimeField(label="Until")
    note = forms.CharField(label="Note", required=False)


class Desk:
    """A wizard, a session, and what was handed in."""

    def __init__(self, refusal=None):
        self.session = {}
        self.handed_in = []
        self.refusal = refusal
        self.wizard = Wizard("test", "Ask", [Step("what", "What", What), Step("when", "When", When)], self.finish)

    def finish(self, request, cleaned):
        if self.refusal:
            raise self.refusal
        self.handed_in.append(cleaned)
        return HttpResponse("thanks")

    def ask(self, method, query, data=None, **more):
        request = getattr(RequestFactory(), method)(f"/ask/{query}", data or {})
        request.session = self.session
        request._messages = FallbackStorage(request)
        return self.wizard.page(request, **more)

    def get(self, query="", **more):
        return self.ask("get", query, **more)

    def post(self, step, go, **data):
        return self.ask("post", f"?step={step}", {"go": go, **data})


WHAT = {"name": "Car parks", "parts": ["a", "b"]}
WHEN = {"until_0": "2027-01-01", "until_1": "08:00", "note": ""}


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def filled(desk):
    desk.post("what", "next", **WHAT)
    desk.post("when", "next", **WHEN)
    return desk


def text(answer):
    return answer.content.decode()


def test_from_the_first_step_to_the_end(desk):
    assert "Name" in text(desk.get())
    assert desk.post("what", "next", **WHAT).url == "/ask/?step=when"
    assert desk.post("when", "next", **WHEN).url == "/ask/?step=review"
    review = text(desk.get("?step=review"))
    assert "Part A, Part B" in review
    assert desk.post("review", "finish").content == b"thanks"
    assert desk.handed_in[0]["what"] == {"name": "Car parks", "parts": ["a", "b"]}
    assert Drafts(desk.session).all() == []


def test_who_comes_back_goes_on_where_the_draft_stands(desk):
    desk.post("what", "next", **WHAT)
    assert desk.get().url == "/ask/?step=when"
    again = text(desk.get("?step=what"))
    assert 'value="Car parks"' in again
    assert again.count("selected") == 2


def test_what_is_wrong_is_kept_and_shown_where_it_is(desk):
    answer = desk.post("what", "next", name="x" * 21)
    assert answer.status_code == 422
    assert 'href="#id_name"' in text(answer)
    assert 'href="#id_parts"' in text(answer)
    assert "x" * 21 in text(desk.get("?step=what"))
    assert "#id_name" not in text(desk.get("?step=what"))


@pytest.mark.parametrize("go", ["later", "keep", "back"])
def test_unfinished_work_is_kept_without_being_judged(desk, go):
    answer = desk.post("what", go, name="x" * 21)
    assert answer.status_code in {204, 302}
    assert Drafts(desk.session).get("test").steps["what"]["name"] == ["x" * 21]


@pytest.mark.parametrize("step", ["when", "review"])
def test_no_step_can_be_skipped(desk, step):
    assert desk.get(f"?step={step}").url == "/ask/?step=what"


def test_nothing_is_handed_in_while_a_step_does_not_hold(desk):
    desk.post("when", "next", **WHEN)
    assert desk.post("review", "finish").status_code == 422
    assert desk.handed_in == []


def test_a_refusal_that_names_a_field_is_shown_there_and_the_draft_stays(filled):
    filled.refusal = Problem(INVALID, field="name", name="name", reason="taken")
    answer = filled.post("review", "finish")
    assert answer.status_code == 422
    assert 'id="id_name_error"' in text(answer)
    assert Drafts(filled.session).get("test")


def test_any_other_refusal_is_shown_on_the_review(filled):
    filled.refusal = Problem(UNAVAILABLE, reason="night")
    answer = filled.post("review", "finish")
    assert answer.status_code == 503
    assert "night" in text(answer)
    assert "Part A" in text(answer)


def test_a_dropped_draft_is_gone(filled):
    filled.post("what", "drop")
    assert Drafts(filled.session).all() == []


def test_drafts_about_different_things_are_different_drafts(desk):
    desk.ask("post", "?step=what", {"go": "keep", "name": "Bus stops"}, subject="one")
    assert "Bus stops" in text(desk.get(subject="one", query="?step=what"))
    assert "Bus stops" not in text(desk.get(subject="two"))


def test_values_to_begin_with_give_way_to_what_was_typed(desk):
    assert 'value="given"' in text(desk.get(initial={"name": "given"}))
    desk.post("what", "keep", name="typed")
    assert 'value="typed"' in text(desk.get("?step=what", initial={"name": "given"}))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda desk: desk.get("?other=1"), "unknown-parameter"),
        (lambda desk: desk.get("?step=nowhere"), "not-found"),
        (lambda desk: desk.post("what", "next", stranger="1"), "unknown-parameter"),
        (lambda desk: desk.post("what", "jump"), "invalid"),
        (lambda desk: desk.post("what", "finish"), "invalid"),
        (lambda desk: desk.post("review", "next"), "invalid"),
        (lambda desk: desk.post("what", "keep", name="x" * MAX_BYTES), "too-large"),
    ],
)
def test_what_makes_no_sense_is_refused(desk, call, code):
    with pytest.raises(Problem) as refused:
        call(desk)
    assert refused.value.kind.code == code


def test_a_draft_that_grew_too_large_stays_as_it_was(desk):
    desk.post("what", "keep", name="small")
    with pytest.raises(Problem):
        desk.post("what", "keep", name="x" * MAX_BYTES)
    assert Drafts(desk.session).get("test").steps["what"]["name"] == ["small"]


def test_the_oldest_draft_makes_room():
    drafts = Drafts({})
    for number in range(MAX_DRAFTS + 1):
        clock.shift(number)
        drafts.put(str(number), "step", {})
    assert [draft.name for draft in drafts.all()] == [str(number) for number in range(MAX_DRAFTS, 0, -1)]


class Secret(forms.Form):
    word = forms.CharField(widget=forms.PasswordInput)


class Attachment(forms.Form):
    file = forms.FileField()


@pytest.mark.parametrize("form", [Secret, Attachment])
def test_files_and_passwords_have_no_place_in_a_draft(form):
    with pytest.raises(TypeError, match="neither files nor passwords"):
        Step("x", "X", form)
