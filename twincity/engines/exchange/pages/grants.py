"""Why a call to this node would or would not be allowed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from twincity.engines.exchange import queries, rules, services, tables
from twincity.engines.exchange.forms import WhyForm
from twincity.engines.exchange.tables import SEE
from twincity.engines.exchange.wire import runtime
from twincity.engines.identity.facade import role_required
from twincity.kernel.problems import UNKNOWN_PARAMETER, Problem


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
