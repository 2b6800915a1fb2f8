"""Messages on their way: backlog by partner, messages for a person, rooms, courier bundles."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from twincity.engines.exchange.forms.delivery import ExportForm, ImportForm, LetterForm
from twincity.engines.exchange.queries import delivery as queries
from twincity.engines.exchange.services import courier, deadletters
from twincity.engines.exchange.services.delivery import delivery
from twincity.engines.exchange.tables import SEE
from twincity.engines.exchange.tables import delivery as tables
from twincity.engines.exchange.tables.delivery import OPERATE
from twincity.engines.identity.facade import has_role, role_required
from twincity.kernel import background, clock
from twincity.kernel.problems import NOT_FOUND, UNKNOWN_PARAMETER, Problem

LISTED = 100
KEPT = 3600
"""Seconds for which the bundle to carry back waits to be downloaded."""
MEDIA_TYPE = "application/octet-stream"


@require_safe
@role_required(*SEE)
def index(request: HttpRequest) -> HttpResponse:
    """Where messages stand.

    Raises:
        Problem: ``unknown-parameter``.
    """
    for name in request.GET:
        raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
    return _shown(request, ExportForm(), ImportForm())


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SEE)
def letter(request: HttpRequest, side: str, seq: int) -> HttpResponseBase:
    """A message that went no further; an operator decides on it.

    Raises:
        Problem: ``not-found``.
    """
    row = (queries.outbox(state="dead") if side == "out" else queries.inbox(state="dead")).filter(pk=seq).first()
    if row is None:
        raise Problem(NOT_FOUND, field="message", what=_("such a message that waits for a person"))
    form, problem = LetterForm(request.POST or None), None
    if request.method == "POST":
        if not _operates(request):
            return role_required(*OPERATE)(letter)(request, side, seq)
        if form.is_valid():
            try:
                _decide(side, row, form.cleaned_data, request.user.get_username())
            except Problem as refused:
                problem = refused
            else:
                messages.success(request, _("Decided, and recorded in the ledger."))
                return redirect("exchanges-delivery")
    context = {
        "facts": tables.letter_facts(row),
        "form": form,
        "problem": problem,
        "may_decide": _operates(request),
        "row": row,
    }
    return render(request, "exchange/letter.html", context, status=problem.kind.status if problem else 200)


@require_POST
@role_required(*OPERATE)
def export(request: HttpRequest) -> HttpResponse:
    """A courier bundle with all that waits for a partner."""
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _shown(request, form, ImportForm(), status=422)
    to = form.cleaned_data["to"]
    try:
        file, _count = background.wait(courier.export(delivery(), to=to))
    except Problem as problem:
        return _shown(request, form, ImportForm(), problem=problem, status=problem.kind.status)
    return _file(file, to)


@require_POST
@role_required(*OPERATE)
def take_in(request: HttpRequest) -> HttpResponseBase:
    """Take in a courier bundle; the one to carry back is offered."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, ExportForm(), form, status=422)
    try:
        found = background.wait(courier.take_in(delivery(), form.cleaned_data["bundle"].read()))
    except Problem as problem:
        return _shown(request, ExportForm(), form, problem=problem, status=problem.kind.status)
    cache.set(f"exchange.courier.{found.id}", (found.sender, found.receipt), KEPT)
    return _shown(request, ExportForm(), ImportForm(), carried=found)


@require_safe
@role_required(*OPERATE)
def receipt(request: HttpRequest, identifier: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """The bundle to carry back.

    Raises:
        Problem: ``not-found`` when none was made within the hour.
    """
    sender, file = cache.get(f"exchange.courier.{identifier}") or ("", b"")
    if not file:
        raise Problem(NOT_FOUND, field="bundle", what=f"bundle {identifier}")
    return _file(file, sender)


def _decide(side: str, row: Any, given: dict[str, Any], by: str) -> None:
    own, retry = side == "out", given["act"] == "retry"
    if own and retry:
        deadletters.retry_sending(delivery(), message=row.id, by=by)
    elif own:
        deadletters.drop_sending(message=row.id, by=by, reason=given["reason"])
    elif retry:
        deadletters.retry_handling(delivery(), peer=row.peer, message=row.id, by=by)
    else:
        deadletters.drop_handling(delivery(), peer=row.peer, message=row.id, by=by, reason=given["reason"])


def _shown(request: HttpRequest, exporting: ExportForm, importing: ImportForm, **more: Any) -> HttpResponse:
    status = more.pop("status", 200)
    context = {
        "partners": tables.partners_table(queries.partners()),
        "letters": tables.letters_table(queries.outbox(state="dead")[:LISTED], queries.inbox(state="dead")[:LISTED]),
        "rooms": tables.rooms_table(queries.rooms()),
        "following": tables.following_table(queries.following()[:LISTED]),
        "may_decide": _operates(request),
        "exporting": exporting,
        "importing": importing,
    }
    return render(request, "exchange/delivery.html", context | more, status=status)


def _operates(request: HttpRequest) -> bool:
    return any(has_role(account=request.user, role=role) for role in OPERATE)


def _file(data: bytes, to: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="courier-{to}-{clock.unix()}.age"'
    return answer
