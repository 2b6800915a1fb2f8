"""The pages: traffic as it is, alerts, limits, and exports of evidence for auditors."""

from __future__ import annotations

from typing import Any

import msgspec
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from twincity.apps.watch import queries, services, tables
from twincity.apps.watch.forms import SPANS, ExportForm, LimitsForm, SpanForm, TakeForm
from twincity.engines.identity.facade import Role, has_role, role_required
from twincity.kernel.problems import NOT_FOUND, Problem

SEE = (Role.OPERATOR, Role.AUDITOR, Role.STEWARD, Role.OFFICIAL)
PER_PAGE = 50


@require_safe
@role_required(*SEE)
def traffic(request: HttpRequest) -> HttpResponse:
    """Traffic by partner and over time, and the alerts that hold.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    form = SpanForm(request.GET)
    return render(request, "watch/traffic.html", {"spans": SPANS, **_traffic(form.checked())})


@require_safe
@role_required(*SEE)
def now(request: HttpRequest) -> HttpResponse:
    """The part of the traffic page that is fetched anew.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    return render(request, "watch/now.html", _traffic(SpanForm(request.GET).checked()))


@require_safe
@role_required(*SEE)
def alerts(request: HttpRequest) -> HttpResponse:
    """Alerts that hold, and those of the last days."""
    context = {
        "open": tables.alerts_table(queries.alerts(closed=False)),
        "closed": tables.alerts_table(queries.alerts(closed=True)[:PER_PAGE]),
        "operator": has_role(account=request.user, role=Role.OPERATOR),
    }
    return render(request, "watch/alerts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SEE)
def alert(request: HttpRequest, identifier: str) -> HttpResponse:
    """One alert; an operator says that he looks into it.

    Raises:
        Problem: ``not-found``.
    """
    found = queries.alert(identifier)
    operator = has_role(account=request.user, role=Role.OPERATOR)
    form = TakeForm(request.POST or None, initial={"note": found.note})
    if request.method == "POST" and operator and form.is_valid():
        services.take(alert_id=found.pk, by=request.user.get_username(), note=form.cleaned_data["note"])
        return redirect("watch:alert", found.pk)
    context = {"alert": found, "kind": tables.kind(found), "facts": tables.alert_facts(found)}
    return render(request, "watch/alert.html", context | {"form": form if operator else None})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OPERATOR)
def limits(request: HttpRequest) -> HttpResponse:
    """The limits beyond which alerts are raised."""
    form = LimitsForm(request.POST or None, initial=msgspec.structs.asdict(queries.limits()))
    if request.method == "POST" and form.is_valid():
        services.set_limits(limits=form.limits(), by=request.user.get_username())
        return redirect("watch:alerts")
    return render(request, "watch/limits.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.AUDITOR)
def exports(request: HttpRequest) -> HttpResponse:
    """Exports of evidence, and the form that asks for one."""
    form, problem = ExportForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.ask(scope=form.scope(), reason=form.cleaned_data["reason"], by=request.user.get_username())
            return redirect("watch:export", made.pk)
        except Problem as refused:
            problem = refused
    page = Paginator(queries.exports(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "problem": problem, "page": page, "table": tables.exports_table(page)}
    return render(request, "watch/exports.html", context, status=problem.kind.status if problem else 200)


@require_safe
@role_required(Role.AUDITOR)
def export(request: HttpRequest, identifier: str) -> HttpResponse:
    """One export and how far it has come.

    Raises:
        Problem: ``not-found``.
    """
    return render(request, "watch/export.html", _export(identifier))


@require_safe
@role_required(Role.AUDITOR)
def export_now(request: HttpRequest, identifier: str) -> HttpResponse:
    """The part of an export's page that is fetched anew.

    Raises:
        Problem: ``not-found``.
    """
    return render(request, "watch/export_now.html", _export(identifier))


@require_POST
@role_required(Role.AUDITOR)
def cancel(request: HttpRequest, identifier: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """Stop an export.

    Raises:
        Problem: ``not-found``.
    """
    services.cancel(export_id=identifier)
    return redirect("watch:export", identifier)


@require_safe
@role_required(Role.AUDITOR)
def download(request: HttpRequest, identifier: str) -> FileResponse:  # noqa: ARG001  a view's signature
    """The file of an export.

    Raises:
        Problem: ``not-found`` when it is not ready, or no longer there.
    """
    found = queries.export(identifier)
    path = queries.export_file(found)
    if found.state != "ready" or not path.exists():
        raise Problem(NOT_FOUND, field="export", what=f"export {identifier}")
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"evidence-{found.pk}.zip")


def _traffic(span: str) -> dict[str, Any]:
    return {
        "span": span,
        "traffic": tables.traffic_table(queries.traffic(span)),
        "moments": tables.moments_chart(queries.moments(span), span),
        "alerts": tables.alerts_table(queries.alerts(closed=False)),
    }


def _export(identifier: str) -> dict[str, Any]:
    found = queries.export(identifier)
    running, ready = found.state in {"waiting", "running"}, found.state == "ready"
    return {"export": found, "facts": tables.export_facts(found), "running": running, "ready": ready}
