"""Mappings of local tables to standards, and what breaks under them."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from twincity.engines.catalogue import queries, services, tables
from twincity.engines.catalogue.forms import CheckForm, FieldMappingForm, MappingForm, StrictForm
from twincity.engines.catalogue.forms.base import text_of
from twincity.engines.catalogue.pages.common import STEWARD, author, json_file, no_parameters
from twincity.engines.catalogue.rules import Field, Standard
from twincity.engines.catalogue.rules.mapping import FieldMapping, Mapping, moved, suggest
from twincity.engines.identity.facade import role_required
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem

LOOKED_AT = 1000
"""Rows that proposals are made from."""


@require_safe
@role_required(STEWARD)
def index(request: HttpRequest) -> HttpResponse:
    """All mappings of this node."""
    no_parameters(request)
    return render(request, "catalogue/mappings.html", {"table": tables.mappings_table(queries.mappings())})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(STEWARD)
def new(request: HttpRequest) -> HttpResponse:
    """A mapping to begin with, proposed from a sample of the local table."""
    form = MappingForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.save_mapping(mapping=_proposed(given), by=author(request))
        except Problem as problem:
            form.blame(problem)
        else:
            messages.success(request, _("Proposed from the names of columns; look at each field."))
            return redirect("catalogue-mapping", given["name"])
    return render(request, "catalogue/mapping-new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@role_required(STEWARD)
def one(request: HttpRequest, name: str) -> HttpResponse:
    """A mapping with all fields of its standard, and what other versions of that would mean for it.

    Raises:
        Problem: ``not-found``.
    """
    no_parameters(request)
    return _shown(request, _find(name))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(STEWARD)
def field(request: HttpRequest, name: str, field: str) -> HttpResponse:
    """How one field is filled.

    Raises:
        Problem: ``not-found``.
    """
    row, mapping, standard = _find(name)
    of = standard.field(field)
    if of is None:
        raise Problem(NOT_FOUND, field="field", what=field)
    initial = FieldMappingForm.initial_of(mapping.of(field), row.version)
    form = FieldMappingForm(request.POST or None, mapping=mapping, field=of, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _seen(form, row)
            services.save_mapping(mapping=_with(mapping, standard, of, form.made()), by=author(request))
        except Problem as problem:
            form.add_error(None, problem.text(get_language() or ""))
        else:
            messages.success(request, _("Saved."))
            return redirect("catalogue-mapping", name)
    context = {
        "form": form,
        "row": row,
        "field": of,
        "title": tables.local(of.title),
        "facts": tables.field_facts(of, standard),
    }
    return render(request, "catalogue/mapping-field.html", context, status=422 if form.errors else 200)


@require_POST
@role_required(STEWARD)
def check(request: HttpRequest, name: str) -> HttpResponse:
    """Map the rows of a file and show what breaks; nothing is kept.

    Raises:
        Problem: ``not-found``.
    """
    row, mapping, standard = found = _find(name)
    form = CheckForm(request.POST, request.FILES, others=_choices(mapping))
    if not form.is_valid():
        return _shown(request, found, form=form, status=422)
    try:
        judged = (
            services.published_standard(form.cleaned_data["standard"]) if form.cleaned_data["standard"] else standard
        )
        table = services.read_table(form.cleaned_data["file"].read())
        result = services.try_mapping(mapping=mapping, rows=table.rows, standard=judged)
    except Problem as problem:
        form.blame(problem)
        return _shown(request, found, form=form, status=problem.kind.status)
    context = {
        "row": row,
        "title": tables.local(mapping.title),
        "judged": f"{tables.local(judged.title)} {judged.version}",
        "result": result,
        "more": table.more,
        "unused": " · ".join(result.unused),
        "unfilled": " · ".join(result.unfilled),
        "troubles": tables.troubles_table(result),
        "broken": tables.broken_rules(result),
        "examples": tables.examples_table(result, judged),
    }
    return render(request, "catalogue/mapping-check.html", context)


@require_POST
@role_required(STEWARD)
def move(request: HttpRequest, name: str) -> HttpResponse:
    """Write a mapping for another version of its standard, or throw it away.

    Raises:
        Problem: ``not-found``, or ``mapping-faulty`` when it does not fit that version.
    """
    _row, mapping, _standard = _find(name)
    if request.POST.get("act") == "delete":
        StrictForm(request.POST).checked()
        services.delete_mapping(name=name)
        return redirect("catalogue-mappings")
    target = request.POST.get("standard", "")
    if target not in dict(_choices(mapping)):
        raise Problem(NOT_FOUND, field="standard", what=target)
    services.save_mapping(mapping=msgspec.structs.replace(mapping, standard=target), by=author(request))
    messages.success(request, _("The mapping now follows that version."))
    return redirect("catalogue-mapping", name)


@require_safe
@role_required(STEWARD)
def export(request: HttpRequest, name: str) -> HttpResponse:
    """A mapping as JSON, as the command line takes it.

    Raises:
        Problem: ``not-found``.
    """
    no_parameters(request)
    return json_file(_find(name)[0].body, f"{name}.json")


def _proposed(given: dict[str, Any]) -> Mapping:
    if queries.mapping(given["name"]) is not None:
        raise Problem(INVALID, field="name", name="name", reason=_("There is a mapping of this name."))
    table = services.read_table(given["file"].read())
    standard = services.published_standard(given["standard"])
    return Mapping(
        name=given["name"],
        title=text_of(given, "title"),
        standard=given["standard"],
        columns=table.columns,
        fields=suggest(table.columns, table.rows[:LOOKED_AT], standard),
    )


def _find(name: str) -> tuple[Any, Mapping, Standard]:
    row = queries.mapping(name)
    if row is None:
        raise Problem(NOT_FOUND, field="name", what=f"mapping {name}")
    mapping = msgspec.convert(row.body, Mapping)
    return row, mapping, services.mapped_standard(mapping)


def _shown(
    request: HttpRequest, found: tuple[Any, Mapping, Standard], *, form: CheckForm | None = None, status: int = 200
) -> HttpResponse:
    row, mapping, standard = found
    ahead = [(entry, moved(mapping, standard, queries.standard_of(entry))) for entry in _others(mapping)]
    context: dict[str, Any] = {
        "row": row,
        "title": tables.local(mapping.title),
        "facts": tables.mapping_facts(row, mapping, standard),
        "fields": tables.mapped_fields(mapping, standard),
        "ahead": tables.versions_ahead(ahead, mapping),
        "others": _choices(mapping),
        "form": form or CheckForm(others=_choices(mapping)),
    }
    return render(request, "catalogue/mapping.html", context, status=status)


def _others(mapping: Mapping) -> list[Any]:
    entry = queries.entry(mapping.standard)
    return queries.same_name(entry) if entry else []


def _choices(mapping: Mapping) -> list[tuple[str, str]]:
    return [(each.pk, f"{each.version} · {tables.publisher(each.owner)}") for each in _others(mapping)]


def _seen(form: FieldMappingForm, row: Any) -> None:
    if form.cleaned_data["seen"] != row.version:
        raise Problem(services.DRAFT_CHANGED, field="seen", by=row.saved_by)


def _with(mapping: Mapping, standard: Standard, field: Field, found: FieldMapping | None) -> Mapping:
    """The mapping with one field filled otherwise, in the order of the standard."""
    kept = {each.field: each for each in mapping.fields if each.field != field.name}
    kept |= {field.name: found} if found else {}
    order = [each.name for each in standard.fields]
    return msgspec.structs.replace(
        mapping, fields=tuple(sorted(kept.values(), key=lambda each: order.index(each.field)))
    )
