"""One field, code list or rule of a draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from twincity.engines.catalogue import services, tables
from twincity.engines.catalogue.forms import FieldForm, ListForm, RevisionForm, RuleForm
from twincity.engines.catalogue.pages.common import STEWARD
from twincity.engines.catalogue.pages.drafts import find, saved
from twincity.engines.catalogue.rules import Fault, Standard, validate_standard
from twincity.engines.identity.facade import role_required
from twincity.kernel.problems import NOT_FOUND, Problem

TEMPLATE = "catalogue/draft-part.html"


class Part(NamedTuple):
    """A kind of part: the attribute of the standard that holds them, and the form of one."""

    attribute: str
    heading: Promise
    form: Callable[..., RevisionForm]


def _field_form(data: Any, files: Any, standard: Standard, found: Any, draft: Any, place: int) -> RevisionForm:
    initial = FieldForm.initial_of(found, place, draft.revision) if found else {"revision": draft.revision}
    del files
    return FieldForm(data, standard=standard, current=found.codes if found else "", initial=initial)


def _list_form(data: Any, files: Any, _standard: Standard, found: Any, draft: Any, _place: int) -> RevisionForm:
    initial = ListForm.initial_of(found, draft.revision) if found else {"revision": draft.revision}
    return ListForm(data, files, initial=initial)


def _rule_form(data: Any, files: Any, standard: Standard, found: Any, draft: Any, _place: int) -> RevisionForm:
    initial = RuleForm.initial_of(found, draft.revision) if found else {"revision": draft.revision, "threshold": 1000}
    del files
    return RuleForm(data, standard=standard, current=found, initial=initial)


PARTS = {
    "field": Part("fields", _("Field"), _field_form),
    "list": Part("lists", _("Code list"), _list_form),
    "rule": Part("rules", _("Quality rule"), _rule_form),
}


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(STEWARD)
def one(request: HttpRequest, identifier: str, kind: str, place: int) -> HttpResponse:
    """A part of a draft, or a new one at place 0; it may be saved with faults.

    Raises:
        Problem: ``not-found``.
    """
    draft = find(identifier)
    standard = services.standard_of_draft(draft)
    part, found = PARTS[kind], _found(standard, kind, place)
    posted = request.method == "POST"
    form = part.form(request.POST if posted else None, request.FILES if posted else None, standard, found, draft, place)
    context = {"heading": part.heading, "kind": kind, "new": found is None}
    if posted and found is not None and request.POST.get("act") == "delete":
        form.fields = {"revision": form.fields["revision"]}
        form.data = {"revision": request.POST.get("revision", "")}
    if posted and form.is_valid():
        changed = _changed(standard, part.attribute, place, form, deleted=len(form.fields) == 1)
        return saved(request, draft, form, changed, TEMPLATE, **context)
    context |= {
        "draft": draft,
        "form": form,
        "faults": [tables.local(each.text) for each in _faults(standard, kind, found)],
    }
    return render(request, TEMPLATE, context, status=422 if form.errors else 200)


def _found(standard: Standard, kind: str, place: int) -> Any:
    """The part at a place from 1; None for a new one.

    Raises:
        Problem: ``not-found``.
    """
    parts: tuple[Any, ...] = getattr(standard, PARTS[kind].attribute)
    if place > len(parts):
        raise Problem(NOT_FOUND, field="place", what=f"{kind} {place}")
    return parts[place - 1] if place else None


def _changed(standard: Standard, attribute: str, place: int, form: Any, *, deleted: bool) -> Standard:
    parts = list(getattr(standard, attribute))
    if place:
        del parts[place - 1]
    if not deleted:
        wanted = form.cleaned_data.get("place") or place or len(parts) + 1
        parts.insert(wanted - 1, form.made())
    changes: dict[str, Any] = {attribute: tuple(parts)}
    return msgspec.structs.replace(standard, **changes)


def _faults(standard: Standard, kind: str, found: Any) -> list[Fault]:
    if found is None:
        return []
    if kind == "rule":
        return [each for each in validate_standard(standard) if each.rule == found.id]
    name = found.name if kind == "field" else found.id
    return [each for each in validate_standard(standard) if each.field == name and not each.rule]
