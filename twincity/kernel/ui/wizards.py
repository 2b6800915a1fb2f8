"""Wizards: a long form in steps, with a draft that is kept, a review before it is handed in, and errors where they are.

An app names the steps and what to do in the end; its page hands the request over::

    ASK = Wizard("exchange.ask", _("Ask for data"), [Step("what", _("What"), WhatForm), …], finish=_asked)

    @require_http_methods(["GET", "HEAD", "POST"])
    @role_required(Role.STEWARD)
    def ask(request):
        return ASK.page(request)

``finish`` gets the request and the cleaned data by step, and returns where to go on. A Problem that it raises is shown
on the review, and in the step whose form has the field it names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from twincity.kernel.problems import INVALID, NOT_FOUND, UNKNOWN_PARAMETER, Problem
from twincity.kernel.ui import parts
from twincity.kernel.ui.drafts import Drafts, Values

Cleaned = dict[str, dict[str, Any]]
Finish = Callable[[HttpRequest, Cleaned], HttpResponse]

REVIEW = "review"
_OWN = frozenset({"csrfmiddlewaretoken", "go"})


@dataclass(frozen=True)
class Step:
    """One step: its name in the address, what it is called, the form, and a sentence of help."""

    key: str
    title: Any
    form: type[forms.Form]
    hint: Any = ""

    def __post_init__(self) -> None:
        for name, each in self.form.base_fields.items():
            if isinstance(each, forms.FileField) or isinstance(each.widget, forms.PasswordInput):
                raise TypeError(f"{self.key}.{name}: a draft keeps neither files nor passwords")


@dataclass(frozen=True)
class Wizard:
    """Steps in order; ``name`` is unique in the product and names the draft."""

    name: str
    title: Any
    steps: Sequence[Step]
    finish: Finish
    leave: str = field(default="home", kw_only=True)
    """Route that somebody is led to who leaves the draft for later."""
    send: Any = field(default="", kw_only=True)
    """Label of the last button, such as “Sign and send”."""

    def page(
        self, request: HttpRequest, *, subject: str = "", initial: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """The page of the step that the address names in ``?step=``; without one, where the draft stands.

        Args:
            request: GET shows a step, POST keeps it and goes where the button says.
            subject: what the form is about, where one person may have drafts for several things.
            initial: values that stand in the fields before anything is sent.

        Raises:
            Problem: ``unknown-parameter``, ``not-found`` for a step, ``invalid`` for a button, ``too-large``.
        """
        return _Visit(self, request, subject, initial or {}).answer()


class _Visit:
    """One request to a wizard."""

    def __init__(self, wizard: Wizard, request: HttpRequest, subject: str, initial: Mapping[str, Any]) -> None:
        self.wizard = wizard
        self.request = request
        self.initial = initial
        self.name = f"{wizard.name}/{subject}" if subject else wizard.name
        self.drafts = Drafts(request.session)
        self.draft = self.drafts.get(self.name)
        self.keys = [step.key for step in wizard.steps]

    def answer(self) -> HttpResponse:
        key = self._asked()
        if self.request.method == "POST":
            return self._post(key)
        reached = self.first_open()
        if not key or self._place(key) > self._place(reached):
            return self.to(reached) if key or self.draft else self.step(self.keys[0])
        return self.review() if key == REVIEW else self.step(key)

    def _asked(self) -> str:
        for name in self.request.GET:
            if name != "step":
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        key = self.request.GET.get("step", "")
        if key and key not in {*self.keys, REVIEW}:
            raise Problem(NOT_FOUND, field="step", what=key)
        return key

    def _post(self, key: str) -> HttpResponse:
        go = self.request.POST.get("go", "")
        if go == "drop":
            self.drafts.drop(self.name)
            messages.info(self.request, _("The draft is gone."))
            return redirect(self.wizard.leave)
        if key == REVIEW and go == "finish":
            return self.finish()
        if key == REVIEW or go not in {"next", "back", "later", "keep"}:
            raise Problem(INVALID, field="go", name="go", reason=go or "-")
        return self._keep(key or self.keys[0], go)

    def _keep(self, key: str, go: str) -> HttpResponse:
        step = self.wizard.steps[self._place(key)]
        self.drafts.put(self.name, key, self._sent(step))
        self.draft = self.drafts.get(self.name)
        if go == "keep":
            return HttpResponse(status=204)
        if go == "later":
            messages.success(self.request, _("The draft is kept until you sign out."))
            return redirect(self.wizard.leave)
        if go == "back":
            return self.to(self.keys[max(0, self._place(key) - 1)])
        form = self.form(step, bound=True)
        return self.to(self._after(key)) if form.is_valid() else self.step(key, form)

    def _sent(self, step: Step) -> Values:
        """What was sent for the fields of a form, also of those that need several inputs; nothing else may come."""
        form = step.form()
        fields = [bound.html_name for bound in form]
        sent = {name: self.request.POST.getlist(name) for name in self.request.POST if name not in _OWN}
        for name in sent:
            if not any(name == each or name.startswith(f"{each}_") for each in fields):
                raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        return sent

    def form(self, step: Step, *, bound: bool) -> forms.Form:
        """A step's form: with its errors, or only with what was sent before."""
        sent = self.draft.sent(step.key) if self.draft else None
        if bound:
            return step.form(sent or QueryDict())
        blank = step.form()
        told = {bound.name: _value(bound, sent) for bound in blank} if sent is not None else {}
        return step.form(initial={**self.initial, **told})

    def first_open(self) -> str:
        """The first step that is not filled in well; the review when all are."""
        return next((s.key for s in self.wizard.steps if not self.form(s, bound=True).is_valid()), REVIEW)

    def step(self, key: str, form: forms.Form | None = None) -> HttpResponse:
        """The page of a step; with a form that has errors, they are shown (422)."""
        step = self.wizard.steps[self._place(key)]
        context = {"step": step, "form": form or self.form(step, bound=False), "first": key == self.keys[0]}
        return self._render(key, context, 422 if form else 200)

    def review(self, problem: Problem | None = None) -> HttpResponse:
        """All that was filled in, each step with the way back to it."""
        told = [(step, f"?step={step.key}", _facts(self.form(step, bound=True))) for step in self.wizard.steps]
        return self._render(REVIEW, {"told": told, "problem": problem}, problem.kind.status if problem else 200)

    def finish(self) -> HttpResponse:
        """Hand it in, if every step holds; the draft goes only when that succeeded."""
        forms_ = {step.key: self.form(step, bound=True) for step in self.wizard.steps}
        for key, form in forms_.items():
            if not form.is_valid():
                return self.step(key, form)
        try:
            answer = self.wizard.finish(self.request, {key: form.cleaned_data for key, form in forms_.items()})
        except Problem as problem:
            return self._refused(problem, forms_)
        self.drafts.drop(self.name)
        return answer

    def _refused(self, problem: Problem, forms_: Mapping[str, forms.Form]) -> HttpResponse:
        for key, form in forms_.items():
            if problem.field in form.fields:
                form.add_error(problem.field, problem.text(getattr(self.request, "LANGUAGE_CODE", "")))
                return self.step(key, form)
        return self.review(problem)

    def to(self, key: str) -> HttpResponse:
        """The way to a step."""
        return redirect(f"{self.request.path}?step={key}")

    def _render(self, key: str, context: dict[str, Any], status: int) -> HttpResponse:
        whole = {**context, "wizard": self.wizard, "draft": self.draft, "process": self._process(key)}
        return render(self.request, f"kernel/wizard/{'review' if key == REVIEW else 'step'}.html", whole, status=status)

    def _process(self, key: str) -> list[tuple[object, str, object]]:
        here, reached = self._place(key), self._place(self.first_open())
        titles = [*((step.key, step.title) for step in self.wizard.steps), (REVIEW, _("Check and send"))]
        return [
            (
                parts.link(f"?step={each}", title) if place <= reached and place != here else title,
                "now" if place == here else "done" if place < reached else "next",
                "",
            )
            for place, (each, title) in enumerate(titles)
        ]

    def _place(self, key: str) -> int:
        return len(self.keys) if key == REVIEW else self.keys.index(key)

    def _after(self, key: str) -> str:
        return [*self.keys, REVIEW][self._place(key) + 1]


def _value(bound: forms.BoundField, sent: QueryDict) -> Any:
    return bound.field.widget.value_from_datadict(sent, {}, bound.html_name)


def _facts(form: forms.Form) -> list[tuple[object, object]]:
    form.is_valid()
    return [(bound.label, _words(bound, form.cleaned_data.get(bound.name))) for bound in form if not bound.is_hidden]


def _words(bound: forms.BoundField, value: Any) -> object:
    """A value as a person chose it: the label of a choice rather than its code."""
    choices = dict(_flat(getattr(bound.field, "choices", ())))
    if isinstance(value, list | tuple | set):
        return ", ".join(str(choices.get(str(each), each)) for each in value)
    return choices.get(str(value), value)


def _flat(choices: Any) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for value, label in choices:
        found += _flat(label) if isinstance(label, list | tuple) else [(str(value), label)]
    return found
