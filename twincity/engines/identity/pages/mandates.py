"""Mandates given and received, and for whom one is acting."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from twincity.engines.identity import facade, queries, services, tables
from twincity.engines.identity.forms import ActingForm, MandateForm, NoFields
from twincity.kernel import clock
from twincity.kernel.problems import Problem


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mandates(request: HttpRequest) -> HttpResponse:
    """What others may do for me, what I may do for others, and what was done."""
    account: Any = request.user
    form = MandateForm(account, request.POST or None)
    if request.method == "POST" and form.is_valid() and _given(request, form):
        return redirect("identity:mandates")
    context = {
        "given": [tables.mandate(each) for each in queries.given(account)],
        "received": [tables.mandate(each) for each in queries.received(account)],
        "principals": queries.principals(account, clock.now()),
        "acts": tables.acts(queries.acts(account)),
        "form": form if form.possible else None,
    }
    return render(request, "identity/mandates.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, mandate: int) -> HttpResponse:
    """Withdraw a mandate given, or lay down one received."""
    NoFields(request.POST).checked()
    account: Any = request.user
    services.revoke_mandate(mandate=mandate, by=account)
    messages.success(request, _("The mandate is withdrawn and has no effect any more."))
    return redirect("identity:mandates")


@login_required
@require_POST
def acting(request: HttpRequest) -> HttpResponse:
    """Choose for whom this session acts from now on."""
    form = ActingForm(request.POST)
    given = form.checked()
    facade.act_for(request=request, principal=str(given["principal"]))
    return redirect("identity:mandates")


def _given(request: HttpRequest, form: MandateForm) -> bool:
    """Give the mandate; what the rules refuse is shown at its field."""
    account: Any = request.user
    if account.home and form.cleaned_data["parent"] is None and account.party is None:
        raise PermissionDenied
    try:
        services.give_mandate(given_by=account, **form.mandate())
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, problem.text(request.LANGUAGE_CODE))
        return False
    messages.success(request, _("The mandate is given."))
    return True
