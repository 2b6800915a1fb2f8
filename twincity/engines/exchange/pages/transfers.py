"""Files fetched from partners: what stands where, one delivery with its progress, the file when it is whole."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from twincity.engines.exchange.forms.transfers import ActForm, TransferForm
from twincity.engines.exchange.queries import delivery as queries
from twincity.engines.exchange.services import fetching, transfers
from twincity.engines.exchange.tables import SEE
from twincity.engines.exchange.tables import transfers as tables
from twincity.engines.identity.facade import has_role, role_required
from twincity.kernel.problems import NOT_FOUND, UNKNOWN_PARAMETER, Problem

FETCH = ("official", "operator")
"""Roles that fetch files and may have them."""
LISTED = 100


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SEE)
def index(request: HttpRequest) -> HttpResponseBase:
    """Deliveries, and the form for another.

    Raises:
        Problem: ``unknown-parameter``.
    """
    for name in request.GET:
        raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
    form, problem = TransferForm(request.POST or None), None
    if request.method == "POST":
        if not _fetches(request):
            return role_required(*FETCH)(index)(request)
        if form.is_valid():
            try:
                row = transfers.begin(**form.cleaned_data, by=request.user.get_username())
            except Problem as refused:
                problem = refused
            else:
                return redirect("exchanges-transfer", row.id)
    context = {
        "deliveries": tables.transfers_table(queries.transfers()[:LISTED]),
        "form": form,
        "may_fetch": _fetches(request),
        "problem": problem,
    }
    return render(request, "exchange/transfers.html", context, status=422 if form.errors or problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SEE)
def one(request: HttpRequest, identifier: str) -> HttpResponseBase:
    """One delivery; whoever fetches files may pause, resume or cancel it.

    Raises:
        Problem: ``not-found``.
    """
    row, problem = transfers.one(identifier), None
    if request.method == "POST":
        if not _fetches(request):
            return role_required(*FETCH)(one)(request, identifier)
        form = ActForm(request.POST)
        if form.is_valid():
            try:
                transfers.act(identifier=identifier, act=form.cleaned_data["act"])
            except Problem as refused:
                problem, row = refused, transfers.one(identifier)
            else:
                messages.success(request, _("Done."))
                return redirect("exchanges-transfer", identifier)
    acts = tables.acts(row) if _fetches(request) else []
    context = {"acts": acts, "facts": tables.facts(row), "problem": problem, "row": row, "may_fetch": _fetches(request)}
    return render(request, "exchange/transfer.html", context, status=problem.kind.status if problem else 200)


@require_safe
@role_required(*FETCH)
def file(request: HttpRequest, identifier: str) -> FileResponse:  # noqa: ARG001  a view's signature
    """The file of a delivery that is done.

    Raises:
        Problem: ``not-found`` when there is none.
    """
    row, path = transfers.one(identifier), fetching.whole_file(identifier)
    if row.state != "done" or not path.exists():
        raise Problem(NOT_FOUND, field="transfer", what=_("the file of a delivery that is not done"))
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{row.service}-{row.tag[:12]}")


def _fetches(request: HttpRequest) -> bool:
    return any(has_role(account=request.user, role=role) for role in FETCH)
