"""Why a call to this node would or would not be allowed, and what other grants would have done to past calls."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from twincity.engines.exchange import queries, rules, services, tables
from twincity.engines.exchange.agreement.terms import compile_grant
from twincity.engines.exchange.forms import DraftForm, DraftFromForm, WhyForm
from twincity.engines.exchange.tables import SEE, SIGN
from twincity.engines.exchange.wire import runtime
from twincity.engines.identity.facade import role_required
from twincity.kernel.problems import NOT_FOUND, UNKNOWN_PARAMETER, Problem

SHOWN = 1000
"""Grants that a draft begins with at most."""


@require_safe
@role_required(*SEE)
def why(request: HttpRequest) -> HttpResponse:
    """A form for the facts of a call, and every condition that was tried, in the address so that it can be sent on.

    Raises:
        Problem: ``unknown-parameter``.
    """
    form = WhyForm(request.GET or None)
    for name in request.GET:
        if name not in form.fields:
            raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
    answer = _answer(form) if form.is_bound and form.is_valid() else {}
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "exchange/why.html", {"form": form, **answer}, status=status)


def _answer(form: WhyForm) -> dict[str, Any]:
    given = {name: value for name, value in form.cleaned_data.items() if name not in {"page", "consent"}}
    facts = queries.facts(**given)
    grants = runtime.current().grants if runtime.running() else rules.GrantIndex(queries.grants())
    consent = services.explain_consent(grants, facts, form.cleaned_data["consent"])
    allowed = rules.allows(grants, facts) and all(step.holds for step in consent)
    return {"steps": tables.steps_table(grants, facts, consent), "allowed": allowed}


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SIGN)
def simulate(request: HttpRequest) -> HttpResponse:
    """Draft grants, to be tried on the calls of the last days.

    Raises:
        Problem: ``unknown-parameter``, ``not-found``.
    """
    if request.method != "POST":
        chosen = DraftFromForm(request.GET).checked()
        drafted = msgspec.json.format(msgspec.json.encode(_draft(**chosen)), indent=1).decode()
        return render(request, "exchange/simulate.html", {"form": DraftForm(initial={"grants": drafted})})
    form = DraftForm(request.POST)
    problem: Problem | None = None
    if form.is_valid():
        try:
            made = services.simulating.begin(grants=form.cleaned_data["grants"], days=form.cleaned_data["days"])
            return redirect("exchanges-simulated", made.id)
        except Problem as refused:
            problem = refused
            form.add_error(None, refused.text(get_language() or ""))
    return render(request, "exchange/simulate.html", {"form": form}, status=problem.kind.status if problem else 422)


def _draft(*, agreement: str, without: str) -> list[rules.Grant]:
    grants = [each for each in queries.grants()[:SHOWN] if each.id != without]
    if not agreement:
        return grants
    found = queries.agreement(agreement)
    if found is None:
        raise Problem(NOT_FOUND, field="agreement", what=f"agreement {agreement}")
    added = compile_grant(services.terms_of(found), agreement=found.pk, consumer=found.consumer)
    return [added, *(each for each in grants if each.id != added.id)]


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SIGN)
def simulated(request: HttpRequest, identifier: str) -> HttpResponse:
    """How far a simulation has come and what it has found; posting to it cancels it.

    Raises:
        Problem: ``not-found``.
    """
    found = services.simulating.found(identifier)
    if request.method == "POST":
        services.simulating.cancel(identifier)
        return redirect("exchanges-simulated", identifier)
    context = {
        "found": found,
        "running": found.state == "running",
        "sides": [tables.side_table(found.allowed, "allowed"), tables.side_table(found.refused, "refused")],
    }
    fragment = request.GET.get("fragment") == "1"
    name = "exchange/simulated_part.html" if fragment else "exchange/simulated.html"
    return render(request, name, context)
