"""Drafts of standards: the list, beginning one, and one as a whole."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from twincity.engines.catalogue import queries, services, tables
from twincity.engines.catalogue.documents import LIMIT
from twincity.engines.catalogue.forms import AboutForm, BeginForm, BringForm, RevisionForm
from twincity.engines.catalogue.pages.common import STEWARD, author, csv_file, json_file, no_parameters
from twincity.engines.catalogue.rules import Standard, decode_standard, validate_standard
from twincity.engines.catalogue.rules.sheets import read_fields, read_lists, write_fields, write_lists
from twincity.engines.identity.facade import role_required
from twincity.kernel.problems import NOT_FOUND, Problem


@require_safe
@role_required(STEWARD)
def index(request: HttpRequest) -> HttpResponse:
    """All drafts of this node."""
    no_parameters(request)
    return render(request, "catalogue/drafts.html", {"table": tables.drafts_table(queries.drafts())})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(STEWARD)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a draft with nothing, a published version, a sample of a table or a JSON file.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    if request.method != "POST":
        version = request.GET.get("version", "")
        form = BeginForm(initial={"begin": "version" if version else "blank", "version": version})
        return render(request, "catalogue/draft-new.html", {"form": form})
    form = BeginForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            standard, based_on = form.standard()
            made = services.begin_draft(standard=standard, by=author(request), based_on=based_on)
        except Problem as problem:
            form.blame(problem, "file" if form.cleaned_data.get("file") else None)
        else:
            return redirect("catalogue-draft", made.pk)
    return render(request, "catalogue/draft-new.html", {"form": form}, status=422)


@require_safe
@role_required(STEWARD)
def one(request: HttpRequest, identifier: str) -> HttpResponse:
    """A draft with its faults, and the version it may be published under.

    Raises:
        Problem: ``not-found``.
    """
    no_parameters(request)
    return shown(request, find(identifier))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(STEWARD)
def about(request: HttpRequest, identifier: str) -> HttpResponse:
    """What a draft says of itself.

    Raises:
        Problem: ``not-found``.
    """
    draft = find(identifier)
    standard = services.standard_of_draft(draft)
    form = AboutForm(request.POST or None, initial=AboutForm.initial_of(standard, draft.revision))
    if request.method == "POST" and form.is_valid():
        return saved(request, draft, form, form.applied(standard), "catalogue/draft-part.html")
    context = {"draft": draft, "form": form, "heading": _("About the standard"), "new": True}
    return render(request, "catalogue/draft-part.html", context, status=422 if form.errors else 200)


@require_POST
@role_required(STEWARD)
def bring(request: HttpRequest, identifier: str) -> HttpResponse:
    """Replace all fields, all code lists or the whole by a file.

    Raises:
        Problem: ``not-found``.
    """
    draft = find(identifier)
    form = BringForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            standard = _brought(
                services.standard_of_draft(draft), form.cleaned_data["part"], form.cleaned_data["file"].read()
            )
            _change(request, draft, form, standard)
        except Problem as problem:
            form.blame(problem, None if problem.field == "revision" else "file")
        else:
            messages.success(request, _("The file was taken over."))
            return redirect("catalogue-draft", draft.pk)
    return shown(request, draft, bring=form, status=422)


@require_safe
@role_required(STEWARD)
def export(request: HttpRequest, identifier: str, name: str) -> HttpResponse:
    """A draft as JSON, or its fields or code lists as CSV.

    Raises:
        Problem: ``not-found``.
    """
    no_parameters(request)
    standard = services.standard_of_draft(find(identifier))
    if name == "standard.json":
        return json_file(msgspec.to_builtins(standard), f"{standard.id}.json")
    written = {"fields.csv": write_fields, "lists.csv": write_lists}.get(name)
    if written is None:
        raise Problem(NOT_FOUND, field="name", what=name)
    return csv_file(written(standard), f"{standard.id}-{name}")


@require_POST
@role_required(STEWARD)
def publish(request: HttpRequest, identifier: str) -> HttpResponse:
    """Publish a draft that has no faults.

    Raises:
        Problem: ``not-found``.
    """
    draft, form = find(identifier), RevisionForm(request.POST)
    revision = form.checked()["revision"]
    try:
        made = services.publish_draft(identifier=identifier, revision=revision)
    except Problem as problem:
        return shown(request, draft, problem=problem, status=problem.kind.status)
    messages.success(request, _("Published: it is now in the public log of this node."))
    return redirect("catalogue-entry", made.owner, made.kind, made.name, made.version)


@require_POST
@role_required(STEWARD)
def delete(request: HttpRequest, identifier: str) -> HttpResponse:
    """Throw a draft away.

    Raises:
        Problem: ``not-found``.
    """
    RevisionForm(request.POST).checked()
    services.delete_draft(identifier=identifier)
    messages.success(request, _("The draft was deleted."))
    return redirect("catalogue-drafts")


def find(identifier: str) -> Any:
    """The draft of an id.

    Raises:
        Problem: ``not-found``.
    """
    found = queries.draft(identifier)
    if found is None:
        raise Problem(NOT_FOUND, field="identifier", what=f"draft {identifier}")
    return found


def saved(
    request: HttpRequest, draft: Any, form: RevisionForm, standard: Standard, template: str, **context: Any
) -> HttpResponse:
    """Keep a changed draft and go back to it; a refusal is shown in the form."""
    try:
        _change(request, draft, form, standard)
    except Problem as problem:
        form.blame(problem)
        return render(request, template, {"draft": draft, "form": form, **context}, status=problem.kind.status)
    left = len(validate_standard(standard))
    messages.success(request, _("Saved; %(count)s faults are left.") % {"count": left} if left else _("Saved."))
    return redirect("catalogue-draft", draft.pk)


def shown(
    request: HttpRequest,
    draft: Any,
    *,
    problem: Problem | None = None,
    bring: BringForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a draft."""
    standard = services.standard_of_draft(draft)
    faults = validate_standard(standard)
    advice = services.version_advice(standard)
    size = len(msgspec.json.encode(standard))
    context = {
        "draft": draft,
        "title": tables.local(standard.title),
        "facts": tables.draft_facts(draft, standard, size, LIMIT),
        "faults": tables.faults_table(draft, standard, faults) if faults else None,
        "advice": advice,
        "reasons": tables.advice_lines(advice),
        "fields": tables.draft_fields(draft, standard),
        "lists": tables.draft_lists(draft, standard),
        "rules": tables.draft_rules(draft, standard),
        "bring": bring or BringForm(initial={"revision": draft.revision}),
        "revision": RevisionForm(initial={"revision": draft.revision}, auto_id=False),
        "problem": problem,
    }
    return render(request, "catalogue/draft.html", context, status=status)


def _change(request: HttpRequest, draft: Any, form: RevisionForm, standard: Standard) -> None:
    revision = form.cleaned_data["revision"]
    services.change_draft(identifier=draft.pk, revision=revision, standard=standard, by=author(request))


def _brought(standard: Standard, part: str, data: bytes) -> Standard:
    if part == "whole":
        return decode_standard(data)
    if part == "fields":
        return msgspec.structs.replace(standard, fields=read_fields(data))
    return msgspec.structs.replace(standard, lists=read_lists(data))
