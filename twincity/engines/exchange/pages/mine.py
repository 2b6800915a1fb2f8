"""A citizen's own pages: consents given and asked for, and who used the data. Nobody else sees them."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from twincity.engines.exchange import queries, services
from twincity.engines.exchange.forms import AccessesForm, CodeForm, GiveForm, OfferForm
from twincity.engines.exchange.tables import consents as tables
from twincity.engines.exchange.tables.words import title
from twincity.engines.identity.facade import citizen, citizen_required
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, Problem

PER_PAGE = 30
DAY = 86_400


@require_safe
@citizen_required
def index(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, what was decided, and with whom the person is linked."""
    return _index(request)


@require_POST
@citizen_required
def link(request: HttpRequest) -> HttpResponse:
    """Link the account with a member that has data about the person, by the code that member handed out."""
    form = CodeForm(_("Member with data about me"), request.POST, auto_id="link_%s")
    if not form.is_valid():
        return _index(request, link=form, status=422)
    member, code = form.cleaned_data["member"], form.cleaned_data["code"]
    try:
        services.link(person=_person(request), provider=member, code=code)
    except Problem as problem:
        form.add_error("code", problem.text(get_language() or ""))
        return _index(request, link=form, status=problem.kind.status)
    messages.success(request, _("Linked with %(member)s.") % {"member": title(member)})
    return redirect("mine")


@require_POST
@citizen_required
def take_up(request: HttpRequest) -> HttpResponse:
    """Fetch the request for consent that somebody gave the person a code of."""
    form = CodeForm(_("Who asks"), request.POST, auto_id="take_%s")
    if not form.is_valid():
        return _index(request, take=form, status=422)
    member, code = form.cleaned_data["member"], form.cleaned_data["code"]
    try:
        made = services.take_up_ask(person=_person(request), consumer=member, code=code)
    except Problem as problem:
        form.add_error("code", problem.text(get_language() or ""))
        return _index(request, take=form, status=problem.kind.status)
    return redirect("mine-ask", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
def ask(request: HttpRequest, number: int) -> HttpResponseBase:
    """One request: what it means in plain words, and the decision.

    Raises:
        Problem: ``not-found``.
    """
    row = queries.asks_of(_person(request)).filter(pk=number).first()
    if row is None:
        raise Problem(NOT_FOUND, field="ask", what=_("request"))
    if request.method == "POST" and request.POST.get("act") == "decline":
        services.decline_ask(person=row.person, ask=row.pk)
        messages.success(request, _("Declined. Nothing was given."))
        return redirect("mine")
    made = tables.asked(row)
    return _decide(
        request, made.agreement, asked=made.fields, recipients=(made.consumer,), days=made.days, code=made.code,
        reason=made.reason.in_language(get_language() or ""),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
def give(request: HttpRequest) -> HttpResponseBase:
    """Consent of the person's own accord, under an agreement of a member that has data about them.

    Raises:
        Problem: ``unknown-parameter`` or ``not-found``.
    """
    return _decide(request, OfferForm(request.GET).checked()["agreement"])


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
def consent(request: HttpRequest, identifier: str) -> HttpResponseBase:
    """One consent; a POST withdraws it.

    Raises:
        Problem: ``not-found``, also for what is another's.
    """
    row = queries.consents_of(_person(request)).filter(pk=identifier).first()
    if row is None:
        raise Problem(NOT_FOUND, field="consent", what=_("consent"))
    if request.method == "POST":
        services.withdraw_consent(person=row.person, consent=row.pk)
        messages.success(request, _("Withdrawn. Nothing more is given; everybody concerned is being told."))
        return redirect("mine-consent", row.pk)
    agreement = tables.agreement_of(_agreement(row.agreement, row.body["revision"]))
    words, tone = tables.consent_words(row)
    context = {
        "row": row,
        "name": agreement.title.in_language(get_language() or ""),
        "said": tables.said(row, agreement),
        "state": words,
        "tone": tone,
        "standing": tone == "good",
        "told": tables.told_table(row),
        "accesses": tables.accesses_table(
            queries.accesses_of(row.person).filter(consent=row.pk)[:PER_PAGE], {row.pk: agreement}, _("Not used yet")
        ),
    }
    return render(request, "exchange/mine/consent.html", context)


@require_safe
@citizen_required
def record(request: HttpRequest, identifier: str) -> HttpResponse:
    """A consent for the person to keep, under the names of ISO/IEC TS 27560.

    Raises:
        Problem: ``not-found``.
    """
    row = queries.consents_of(_person(request)).filter(pk=identifier).first()
    if row is None:
        raise Problem(NOT_FOUND, field="consent", what=_("consent"))
    found = _agreement(row.agreement, row.body["revision"])
    kept = tables.record_27560(row, tables.agreement_of(found), found.token)
    return _attached(JsonResponse(kept, json_dumps_params={"ensure_ascii": False}), f"consent-{row.pk}.json")


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
def accesses(request: HttpRequest) -> HttpResponseBase:
    """Who used the person's data, over all members they are linked with; a POST asks these again.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    person = _person(request)
    if request.method == "POST":
        services.refresh_accesses(person=person)
        return redirect("mine-accesses")
    return render(request, "exchange/mine/accesses.html", _accesses(request, person))


@require_safe
@citizen_required
def latest(request: HttpRequest) -> HttpResponse:
    """The same list as a fragment, after asking all members again."""
    person = _person(request)
    services.refresh_accesses(person=person)
    return render(request, "exchange/mine/latest.html", _accesses(request, person) | {"done": True})


@require_safe
@citizen_required
def access(request: HttpRequest, number: int) -> HttpResponse:
    """One access in full.

    Raises:
        Problem: ``not-found``.
    """
    row = _access(request, number)
    under = queries.agreements_under([row.consent]).get(row.consent)
    return render(request, "exchange/mine/access.html", {"row": row, "facts": tables.access_facts(row, under)})


@require_safe
@citizen_required
def evidence(request: HttpRequest, number: int) -> HttpResponse:
    """The provider's record of an access with its proof, as it was told.

    Raises:
        Problem: ``not-found``.
    """
    row = _access(request, number)
    return _attached(JsonResponse(row.evidence), f"access-{row.index}.json")


@require_safe
@citizen_required
def table(request: HttpRequest) -> HttpResponse:
    """All accesses as CSV."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    rows = csv.writer(answer)
    names = ("time", "consumer", "provider", "service", "purpose", "fields", "consent", "outcome", "proven", "message")
    rows.writerow(names)
    for row in queries.accesses_of(_person(request)).iterator(chunk_size=2000):
        cells = (
            row.at.isoformat(), row.consumer, row.link.provider, row.service, row.purpose, " ".join(row.fields),
            row.consent, row.outcome, row.proven, row.message,
        )  # fmt: skip
        rows.writerow([_inert(str(cell)) for cell in cells])
    return _attached(answer, "who-used-my-data.csv")


def _inert(cell: str) -> str:
    # A spreadsheet would run what a partner has named itself.
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t"} else cell


def _person(request: HttpRequest) -> str:
    return citizen(account=request.user)


def _index(request: HttpRequest, *, link: Any = None, take: Any = None, status: int = 200) -> HttpResponse:
    person = _person(request)
    links = list(queries.links_of(person))
    offered = [row for each in links for row in queries.data_agreements(owner=each.provider)]
    consents = list(queries.consents_of(person)[:200])
    context = {
        "waiting": [(row, tables.asked(row), title(row.consumer)) for row in queries.asks_of(person)],
        "consents": tables.own_consents(consents, tables.named(queries.agreements_named(consents))),
        "links": tables.links_table(links),
        "offered": [
            (row.identifier, tables.agreement_of(row).title.in_language(get_language() or ""), title(row.owner))
            for row in offered
        ],
        "link": link or CodeForm(_("Member with data about me"), auto_id="link_%s"),
        "take": take or CodeForm(_("Who asks"), auto_id="take_%s"),
    }
    return render(request, "exchange/mine/index.html", context, status=status)


def _decide(
    request: HttpRequest, identifier: str, *, asked: tuple[str, ...] = (), recipients: tuple[str, ...] = (),
    days: int = 0, code: str = "", reason: str = "",
) -> HttpResponseBase:  # fmt: skip
    row = _agreement(identifier)
    agreement = tables.agreement_of(row)
    titles = {each: title(each) for each in recipients or agreement.recipients}
    form = GiveForm(agreement, titles, asked=asked, days=days, data=request.POST if request.method == "POST" else None)
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.give_consent(
                person=_person(request),
                agreement=identifier,
                fields=form.cleaned_data["fields_given"],
                recipients=form.cleaned_data["recipients"],
                days=form.cleaned_data["days"],
                ask=code,
            )
        except Problem as refused:
            problem = refused
        else:
            messages.success(request, _("Given. You can withdraw it here at any time."))
            return redirect("mine-consent", made.pk)
    until = clock.unix() + (days or agreement.valid_days) * DAY
    context = {
        "form": form,
        "problem": problem,
        "name": agreement.title.in_language(get_language() or ""),
        "said": tables.plain(agreement, asked or agreement.fields, titles, until),
        "reason": reason,
        "code": code,
        "linked": queries.links_of(_person(request)).filter(provider=row.owner).exists(),
        "provider": title(row.owner),
    }
    status = problem.kind.status if problem else 422 if form.is_bound else 200
    return render(request, "exchange/mine/decide.html", context, status=status)


def _accesses(request: HttpRequest, person: str) -> dict[str, Any]:
    form = AccessesForm(request.GET)
    form.checked()
    page = Paginator(queries.accesses_of(person), PER_PAGE).get_page(form.cleaned_data["page"])
    under = queries.agreements_under(row.consent for row in page)
    return {
        "page": page,
        "table": tables.accesses_table(page, under),
        "links": tables.links_table(queries.links_of(person)),
    }


def _access(request: HttpRequest, number: int) -> Any:
    row = queries.accesses_of(_person(request)).filter(pk=number).first()
    if row is None:
        raise Problem(NOT_FOUND, field="access", what=_("access"))
    return row


def _agreement(identifier: str, revision: int = 0) -> Any:
    row = queries.data_agreement(identifier, revision)
    if row is None or not (revision or row.active):
        raise Problem(NOT_FOUND, field="agreement", what=identifier)
    return row


def _attached(answer: HttpResponse, name: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
