"""Consent in the office: data agreements, requests for consent, codes for people, deletions owed. Numbers, no names."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, services
from twincity.engines.exchange.consent.documents import identifier
from twincity.engines.exchange.forms import AskForm, ObligationForm, PersonForm, ProposalForm, ReviseForm, written
from twincity.engines.exchange.tables import SEE, SIGN, may_sign
from twincity.engines.exchange.tables import consents as tables
from twincity.engines.identity.facade import role_required
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import UNAVAILABLE, Problem

ASK = ("official", "steward")
"""Roles that deal with people: they hand out codes and ask for consent."""
FIELD_OF = {"texts": "why_zh", "not_after": "valid_days", "consent": "name", "member": "recipients"}
SHOWN = 100


@require_safe
@role_required(*SEE)
def index(request: HttpRequest) -> HttpResponse:
    """Data agreements with how many people consented, requests, deletions owed."""
    rows = queries.data_agreements()
    owed = list(queries.obligations()[:SHOWN])
    context = {
        "proposals": tables.proposals_table(rows, queries.consent_counts()),
        "asks": tables.asks_table(queries.asks()[:SHOWN]),
        "obligations": tables.obligations_table(owed),
        "open": [(each, ObligationForm(initial={"obligation": each.pk})) for each in owed if each.done_at is None],
        "may_sign": may_sign(request.user),
    }
    return render(request, "exchange/consents/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SIGN)
def proposal(request: HttpRequest) -> HttpResponseBase:
    """Write a data agreement, or revise one; publishing it makes it known to all members.

    Raises:
        Problem: ``unavailable`` before the node has joined a circle; ``unknown-parameter``.
    """
    if not circle.is_open():
        raise Problem(UNAVAILABLE, reason=_("this node has not joined a circle"))
    form, problem = ProposalForm(initial=_written(request)), None
    if request.method == "POST":
        form = ProposalForm(request.POST)
        if form.is_valid():
            try:
                made = services.propose(form.agreement())
            except Problem as refused:
                problem = refused
                field = FIELD_OF.get(refused.field, refused.field)
                form.add_error(field if field in form.fields else None, refused.text(get_language() or ""))
            else:
                messages.success(request, _("Published as revision %(number)d.") % {"number": made.revision})
                return redirect("exchanges-consents")
    status = problem.kind.status if problem else 422 if form.is_bound else 200
    return render(request, "exchange/consents/proposal.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*ASK)
def ask(request: HttpRequest) -> HttpResponse:
    """Ask one person for consent: the page answers with a code to hand to that person."""
    me = circle.member_id() if circle.is_open() else ""
    offered = [tables.agreement_of(row) for row in queries.data_agreements(recipient=me)]
    if request.method != "POST":
        return _asking(request, AskForm(offered))
    form = AskForm(offered, request.POST)
    if not form.is_valid():
        return _asking(request, form, status=422)
    given = form.cleaned_data
    chosen = next(each for each in offered if each.identifier == given["agreement"])
    try:
        made = services.ask_consent(
            agreement=chosen.identifier,
            fields=given["fields_asked"] or chosen.fields,
            days=given["days"],
            reason=LocalText(given["reason_zh"], given["reason_en"] or given["reason_zh"]),
            case=given["case"],
            by=request.user.get_username(),
        )
    except Problem as problem:
        form.add_error("fields_asked" if problem.field == "fields" else None, problem.text(get_language() or ""))
        return _asking(request, form, status=problem.kind.status)
    return _asking(request, AskForm(offered), code=made.code)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*ASK)
def code(request: HttpRequest) -> HttpResponse:
    """A code for a person who stands at the counter and has been identified; shown once."""
    form = PersonForm(request.POST or None)
    made = ""
    if request.method == "POST" and form.is_valid():
        made = services.issue_code(person_key=form.cleaned_data["person"], by=request.user.get_username())
        form = PersonForm()
    context = {"form": form, "code": made, "hours": services.CODE_HOURS}
    answer = render(request, "exchange/consents/code.html", context, status=422 if form.is_bound else 200)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@role_required(*ASK)
def settle(request: HttpRequest) -> HttpResponse:
    """Note that data have been deleted.

    Raises:
        Problem: ``not-found``.
    """
    form = ObligationForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        services.settle_obligation(obligation=given["obligation"], by=request.user.get_username(), note=given["note"])
        messages.success(request, _("Noted."))
    else:
        messages.error(request, _("Say what was deleted."))
    return redirect("exchanges-consents")


def _asking(request: HttpRequest, form: AskForm, *, code: str = "", status: int = 200) -> HttpResponse:
    return render(request, "exchange/consents/ask.html", {"form": form, "code": code}, status=status)


def _written(request: HttpRequest) -> dict[str, Any]:
    name = ReviseForm(request.GET).checked()["revise"]
    row = queries.data_agreement(identifier(circle.member_id(), name)) if name else None
    return written(tables.agreement_of(row)) if row else {}
