"""Services of systems for people: taking in a description, choosing its operations, how the system is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from twincity.apps.sharing.forms.systems import ChoiceForm, DescriptionForm
from twincity.apps.sharing.pages.sources import SEE, no_parameters
from twincity.apps.sharing.queries import systems as queries
from twincity.apps.sharing.services import systems as services
from twincity.apps.sharing.tables import systems as tables
from twincity.engines.identity.facade import has_role, role_required
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import UNKNOWN_PARAMETER, Problem
from twincity.kernel.ui import parts


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("steward")
def new(request: HttpRequest) -> HttpResponse:
    """The description of a new service: uploaded, or fetched from its system."""
    form = DescriptionForm(request.POST, request.FILES) if request.method == "POST" else DescriptionForm()
    for name in request.POST:
        if name not in form.fields and name != "csrfmiddlewaretoken":
            raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("sharing:service-choose", _described(form).id)
        except Problem as problem:
            _note(form, problem)
    context = {"form": form, "systems": queries.named()}
    return render(request, "sharing/service_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("steward")
def choose(request: HttpRequest, identifier: str) -> HttpResponse:
    """Which operations are offered, and under which name; posting publishes the service.

    Raises:
        Problem: ``not-found`` or ``unknown-parameter``.
    """
    described = services.found(identifier)
    form = ChoiceForm(described, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.register(described, form.checked())
        except Problem as problem:
            _note(form, problem)
        else:
            messages.success(request, _("Published. Others can call it once a grant allows them."))
            return redirect("sharing:service", made.name)
    context = {
        "form": form,
        "facts": _facts(described),
        "table": tables.operations_table(described.description.operations),
    }
    return render(request, "sharing/service_choose.html", context, status=422 if form.errors else 200)


@require_safe
@role_required(*SEE)
def one(request: HttpRequest, name: str) -> HttpResponse:
    """A service of a system: its operations, and whether the system answers.

    Raises:
        Problem: ``not-found``.
    """
    no_parameters(request)
    found = queries.service(name)
    context = {
        "service": found,
        "title": tables.title(found),
        "facts": tables.facts(found),
        "trouble": tables.trouble(found),
        "table": tables.operations_table(queries.operations(found)),
        "steward": has_role(account=request.user, role="steward"),
    }
    return render(request, "sharing/service.html", context)


@require_POST
@role_required("steward")
def withdraw(request: HttpRequest, name: str) -> HttpResponse:
    """Offer it no longer.

    Raises:
        Problem: ``not-found``.
    """
    services.withdraw(name, LocalText("不再提供", "No longer offered"))
    messages.success(request, _("The service is no longer offered."))
    return redirect("sharing:sources")


def _described(form: DescriptionForm) -> services.Described:
    system = form.cleaned_data["system"]
    if form.upload is not None:
        return services.uploaded(system, form.upload.chunks())
    return services.fetched(system, form.cleaned_data["path"] or services.WHERE)


def _note(form: Any, problem: Problem) -> None:
    form.add_error(problem.field if problem.field in form.fields else None, problem.text(get_language() or ""))


def _facts(described: services.Described) -> list[tuple[Any, Any]]:
    return [
        (_("System"), described.system),
        (_("Title"), described.description.title),
        (_("Version"), described.description.version),
        (_("Asked for health"), f"GET {described.description.health}"),
        (_("SHA-256 of the description"), parts.ident(described.sha256)),
    ]
