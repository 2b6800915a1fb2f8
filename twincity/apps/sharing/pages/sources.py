"""Registered sources for people: what there is, registering more, each one's versions, quality and lineage."""

from __future__ import annotations

import csv
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from twincity.apps.sharing.forms.sources import RegisterForm, StandardForm, UploadForm
from twincity.apps.sharing.queries import sources as queries
from twincity.apps.sharing.queries import systems
from twincity.apps.sharing.services import sources as services
from twincity.apps.sharing.tables import sources as tables
from twincity.apps.sharing.tables import systems as system_tables
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.identity.facade import has_role, role_required
from twincity.kernel.problems import INVALID, NOT_FOUND, UNKNOWN_PARAMETER, Problem
from twincity.kernel.ui import parts

SEE = ("steward", "official", "auditor", "operator")
SHOWN = 200
"""Failing rows on the page; the file has all that are kept."""


@require_safe
@role_required(*SEE)
def index(request: HttpRequest) -> HttpResponse:
    """All registered sources, and services of systems."""
    no_parameters(request)
    context = {
        "services": system_tables.services_table(systems.services()),
        "table": tables.sources_table(queries.sources(), name="sources"),
        "steward": has_role(account=request.user, role="steward"),
    }
    return render(request, "sharing/sources.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("steward")
def new(request: HttpRequest) -> HttpResponse:
    """The upload of a new source."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            draft = services.draft_of_upload(form.upload.name or "", form.upload.chunks())
            return redirect("sharing:source-draft", draft.id)
        except Problem as problem:
            form.add_error("file", problem.text(get_language() or ""))
    status = 422 if form.errors else 200
    context = {"form": form, "limit": settings.CONFIG.limits.body}
    return render(request, "sharing/source_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("steward")
def draft(request: HttpRequest, identifier: str) -> HttpResponse:
    """What was found in an upload, and what the steward says of it.

    Raises:
        Problem: ``not-found``, ``invalid`` or ``unknown-parameter``.
    """
    found = services.find(identifier)
    chosen = StandardForm(request.GET)
    if not chosen.is_valid() or set(request.GET) - {"standard"}:
        raise Problem(INVALID, field="standard", name="standard", reason=request.GET.urlencode()[:100])
    uri = chosen.cleaned_data["standard"]
    standard = catalogue.standard(name=uri) if uri else None
    form = RegisterForm(found, standard, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.register(found, form.checked(uri))
        except Problem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.text(get_language() or ""))
        else:
            messages.success(request, _("Registered. Look it over, then check and publish it."))
            return redirect("sharing:source", made.source.name)
    mapping = {} if standard is None else _matched(form)
    context = {
        "form": form,
        "chosen": chosen,
        "columns": tables.columns_table(found.found.columns, mapping),
        "rows": tables.rows_table(found.columns, found.found.first),
        "facts": _draft_facts(found),
    }
    return render(request, "sharing/source_draft.html", context, status=422 if form.errors else 200)


@require_safe
@role_required(*SEE)
def one(request: HttpRequest, name: str) -> HttpResponse:
    """A source: versions, columns, quality over time, lineage.

    Raises:
        Problem: ``not-found``.
    """
    no_parameters(request)
    source = queries.source(name)
    version = queries.newest(source)
    runs = catalogue.quality_runs(dataset=name)
    context = {
        "source": source,
        "title": tables.title(source),
        "facts": tables.facts(source),
        "late": queries.days_late(source),
        "versions": tables.versions_table(source.versions.all()),
        "runs": tables.runs_table(runs),
        "development": tables.runs_chart(runs),
        "steward": has_role(account=request.user, role="steward"),
        "upload": UploadForm(),
        "chosen": StandardForm(),
        **_run_context(name),
    }
    if version is not None:
        context["columns"] = tables.columns_table([queries.column(each) for each in version.columns], version.mapping)
        context["lineage"] = tables.lineage_table(services.lineage(source, version), source, version)
    return render(request, "sharing/source.html", context)


@require_safe
@role_required(*SEE)
def run(request: HttpRequest, name: str) -> HttpResponse:
    """How far the run of a source is; a fragment for the page."""
    return render(
        request,
        "sharing/source_run.html",
        {**_run_context(name), "steward": has_role(account=request.user, role="steward")},
    )


@require_POST
@role_required("steward")
def act(request: HttpRequest, name: str, action: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """Check, publish or cancel.

    Raises:
        Problem: ``not-found``.
    """
    source = queries.source(name)
    if action == "cancel":
        services.cancel(source.name)
    else:
        services.start(name, lambda run: services.publish_source(name, run, offer=action == "publish"))
    return redirect("sharing:source", name)


@require_POST
@role_required("steward")
def deliver(request: HttpRequest, name: str) -> HttpResponse:
    """A newer file for a source.

    Raises:
        Problem: ``invalid``, ``table-refused``, ``source-same`` or ``source-column``.
    """
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        raise Problem(INVALID, field="file", name="file", reason=" ".join(map(str, form.errors.get("file", []))))
    source = queries.source(name)
    made = services.deliver(source, services.draft_of_upload(form.upload.name or "", form.upload.chunks()))
    messages.success(request, _("Version %(number)s is here; check and publish it.") % {"number": made.number})
    return redirect("sharing:source", name)


@require_POST
@role_required("steward")
def begin_mapping(request: HttpRequest, name: str) -> HttpResponse:
    """A mapping of the columns to another standard, to be looked over on the catalogue's page.

    Raises:
        Problem: ``not-found`` or ``invalid``.
    """
    form = StandardForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["standard"]:
        raise Problem(INVALID, field="standard", name="standard", reason=request.POST.get("standard", "")[:100])
    made = services.begin_mapping(queries.source(name), form.cleaned_data["standard"], request.user.get_username())
    return redirect("catalogue-mapping", made)


@require_safe
@role_required(*SEE)
def quality(request: HttpRequest, name: str, identifier: str) -> HttpResponse:
    """One quality run: what every rule came to, and rows that failed.

    Raises:
        Problem: ``not-found``.
    """
    no_parameters(request)
    found = _found_run(name, identifier)
    failing = tables.failures(found)
    context = {
        "run": found,
        "name": name,
        "facts": [
            (_("Checked against"), f"{found.standard} {found.version}"),
            (_("Rows"), f"{found.rows:,}"),
            (_("Started"), parts.instant(found.started)),
        ],
        "outcomes": tables.outcomes_table(found),
        "failures": tables.failures_table(failing[:SHOWN]),
    }
    return render(request, "sharing/source_quality.html", context)


@require_safe
@role_required(*SEE)
def failing_rows(request: HttpRequest, name: str, identifier: str) -> HttpResponse:
    """The failing rows that are kept, as CSV; what a spreadsheet would take for a formula gets a quote before it.

    Raises:
        Problem: ``not-found``.
    """
    no_parameters(request)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-failures.csv"'
    writer = csv.writer(answer)
    writer.writerow(["rule", "row", "key", "field", "value"])
    for line in tables.failures(_found_run(name, identifier)):
        writer.writerow([f"'{cell}" if str(cell)[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell for cell in line])
    return answer


def _found_run(name: str, identifier: str) -> catalogue.RunRecord:
    found = next((each for each in catalogue.quality_runs(dataset=name) if each.id == identifier), None)
    if found is None:
        raise Problem(NOT_FOUND, field="identifier", what=f"run {identifier}")
    return found


def _run_context(name: str) -> dict[str, Any]:
    found = services.current(name)
    share = 100 * found.done // found.total if found and found.total else 0
    return {"run": found, "share": share, "name": name}


def _matched(form: RegisterForm) -> dict[str, str]:
    given = {name.removeprefix("map_"): form[name].value() for name in form.fields if name.startswith("map_")}
    return {field: column for field, column in given.items() if column}


def _draft_facts(found: services.Draft) -> list[tuple[Any, Any]]:
    encodings = {"utf-8-sig": "UTF-8", "gb18030": "GB18030"}
    return [
        (_("File"), found.origin.get("file", found.origin.get("table", ""))),
        (_("Rows"), f"{found.found.rows:,}"),
        (_("Encoding"), encodings.get(found.found.encoding, "")),
        (_("SHA-256 of what was delivered"), parts.ident(found.found.origin_sha256)),
    ]


def no_parameters(request: HttpRequest) -> None:
    """Refuse any parameter in the address.

    Raises:
        Problem: ``unknown-parameter``.
    """
    for name in request.GET:
        raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
