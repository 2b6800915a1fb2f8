"""Agreements: asking for data, deciding on requests, reading what was signed."""

from __future__ import annotations

from typing import Any, Literal

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from twincity.engines.catalogue import facade as catalogue
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import queries, services, tables
from twincity.engines.exchange.agreement import odrl
from twincity.engines.exchange.forms import (
    MOVES,
    REPLIES,
    AgreementsForm,
    DecisionForm,
    PrefillForm,
    ReplyForm,
    RequestForm,
    RowForms,
    filters,
)
from twincity.engines.exchange.services import negotiating
from twincity.engines.exchange.tables import SEE, SIGN, may_sign
from twincity.engines.identity.facade import role_required
from twincity.kernel.problems import NOT_FOUND, UNAVAILABLE, Problem
from twincity.kernel.ui.exports import as_csv

PER_PAGE = 50
RECENT = 5
OFFERED = 500
"""Services of the catalogue that a request proposes."""


@require_safe
@role_required(*SEE)
def index(request: HttpRequest) -> HttpResponseBase:
    """All agreements of this node, as provider and as consumer.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    form = AgreementsForm(request.GET)
    state = form.checked()["state"]
    rows = queries.agreements(state=state).order_by(*form.order("-requested_at", "pk"))
    if form.as_csv:
        return as_csv(tables.agreements_table(rows), "agreements")
    page = Paginator(rows, PER_PAGE).get_page(form.number())
    empty = _("No agreements in this state") if state else _("No agreements yet")
    context = {
        "state": state,
        "states": [("", _("All")), *tables.states()],
        "page": page,
        "table": tables.agreements_table(page, empty, name="agreements", request=request, export=True),
        "may_sign": may_sign(request.user),
    }
    return render(request, "exchange/agreements.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SEE)
def one(request: HttpRequest, identifier: str) -> HttpResponseBase:
    """One agreement; a steward of its provider decides on it here.

    Raises:
        Problem: ``not-found``.
    """
    found = _find(identifier)
    decidable = found.provider == circle.member_id() and found.state in MOVES
    answerable = found.consumer == circle.member_id() and found.state in REPLIES
    if request.method == "POST" and (decidable or answerable):
        return _decide(request, found) if decidable else _reply(request, found)
    if request.method == "POST":
        return redirect("exchanges-agreement", identifier)
    form: DecisionForm | ReplyForm | None = None
    if may_sign(request.user) and (decidable or answerable):
        form = DecisionForm(found.state, services.terms_of(found)) if decidable else ReplyForm(found.state)
    return _shown(request, found, form)


@role_required(*SIGN)
def _decide(request: HttpRequest, found: Any) -> HttpResponse:
    form = DecisionForm(found.state, services.terms_of(found), request.POST)
    if not form.is_valid():
        return _shown(request, found, form, status=422)
    given, by = form.cleaned_data, request.user.get_username()
    try:
        if given["state"] == "offered":
            other = form.narrowed() or services.terms_of(found)
            decided = negotiating.counter(agreement_id=found.pk, terms=other, by=by, note=given["note"])
        else:
            decided = services.decide(
                agreement_id=found.pk, state=given["state"], by=by, terms=form.narrowed(), note=given["note"]
            )
    except Problem as problem:
        return _shown(request, found, form, problem, status=problem.kind.status)
    return _signed(request, decided)


@role_required(*SIGN)
def _reply(request: HttpRequest, found: Any) -> HttpResponse:
    form = ReplyForm(found.state, request.POST)
    if not form.is_valid():
        return _shown(request, found, form, status=422)
    try:
        if form.cleaned_data["act"] == "accept":
            return _signed(request, negotiating.answer(agreement_id=found.pk))
        return _signed(request, negotiating.withdraw(agreement_id=found.pk, note=form.cleaned_data["note"]))
    except Problem as problem:
        return _shown(request, found, form, problem, status=problem.kind.status)


def _signed(request: HttpRequest, found: Any) -> HttpResponse:
    said = tables.state_words(found.state)[0]
    messages.success(request, _("Signed, recorded and on its way: %(state)s.") % {"state": said})
    return redirect("exchanges-agreement", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SIGN)
def new(request: HttpRequest) -> HttpResponse:
    """A request for data; links from elsewhere may fill in provider and service.

    Raises:
        Problem: ``unavailable`` before the node has joined a circle; ``unknown-parameter`` or ``invalid``.
    """
    if not circle.is_open():
        raise Problem(UNAVAILABLE, reason=_("this node has not joined a circle"))
    if request.method != "POST":
        return _asking(request, RequestForm(initial=PrefillForm(request.GET).checked()), RowForms(prefix="rows"))
    form, rows = RequestForm(request.POST), RowForms(request.POST, prefix="rows")
    if not (form.is_valid() and rows.is_valid()):
        return _asking(request, form, rows, status=422)
    try:
        made = services.ask(provider=form.cleaned_data["provider"], terms=form.terms(filters(rows)))
    except Problem as problem:
        form.blame(problem.field, problem.text(get_language() or ""))
        return _asking(request, form, rows, problem, status=problem.kind.status)
    messages.success(request, _("Signed and on its way to the provider, whose steward decides on it."))
    return redirect("exchanges-agreement", made.pk)


@require_safe
@role_required(*SEE)
def document(request: HttpRequest, identifier: str, name: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """A signed document as it is: a compact JWS.

    Raises:
        Problem: ``not-found``.
    """
    token = getattr(_find(identifier), name) if name in tables.READERS else ""
    if not token:
        raise Problem(NOT_FOUND, field="name", what=f"{name} {identifier}")
    answer = HttpResponse(token, content_type="application/jose")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{identifier}.jws"'
    return answer


@require_safe
@role_required(*SEE)
def policy(request: HttpRequest, identifier: str) -> JsonResponse:  # noqa: ARG001  a view's signature
    """The agreement as ODRL 2.2 JSON-LD; a request until its provider has decided.

    Raises:
        Problem: ``not-found``.
    """
    found = _find(identifier)
    kind: Literal["Request", "Agreement"] = "Agreement" if found.decision else "Request"
    value = odrl.document(
        kind, services.terms_of(found), identifier=found.pk, provider=found.provider, consumer=found.consumer
    )
    return JsonResponse(value, content_type="application/ld+json", json_dumps_params={"ensure_ascii": False})


def _shown(
    request: HttpRequest,
    found: Any,
    form: DecisionForm | ReplyForm | None,
    problem: Problem | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    terms = services.terms_of(found)
    context: dict[str, Any] = {
        "found": found,
        "form": form,
        "problem": problem,
        "text": tables.readable(found, terms),
        "reason": terms.reason,
        "process": tables.process(found, terms),
        "facts": tables.agreement_facts(found, terms),
        "documents": tables.documents(found),
        "history": tables.history(found),
        "offered": tables.readable(found, negotiating.offered(found)) if found.state == "offered" else None,
        "narrowed": tables.narrowed(found),
        "recent": tables.exchanges_table(queries.covered(found)[:RECENT], _("No exchanges under it yet")),
    }
    return render(request, "exchange/agreement.html", context, status=status)


def _asking(
    request: HttpRequest, form: RequestForm, rows: Any, problem: Problem | None = None, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "rows": rows, "problem": problem, "services": _services()}
    return render(request, "exchange/request.html", context, status=status)


def _services() -> list[tuple[str, str]]:
    """Names to choose from with what they are: all that members offer, and what agreements were about before."""
    language = get_language() or ""
    offered = catalogue.search(kind="service", limit=OFFERED)
    labels = {each.name: f"{each.title.in_language(language)} · {tables.title(each.owner)}" for each in offered}
    return sorted((dict.fromkeys(queries.services_named(), "") | labels).items())


def _find(identifier: str) -> Any:
    found = queries.agreement(identifier)
    if found is None:
        raise Problem(NOT_FOUND, field="identifier", what=f"agreement {identifier}")
    return found
