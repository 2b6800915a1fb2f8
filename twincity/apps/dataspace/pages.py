"""Negotiations and transfers for people: lists, one process with its messages, and the steps a steward takes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from twincity.apps.dataspace import queries, tables
from twincity.apps.dataspace.forms import WORDS, ListForm, StepForm, possible
from twincity.apps.dataspace.services import negotiations as negotiating
from twincity.apps.dataspace.services import posting
from twincity.apps.dataspace.services import transfers as transferring
from twincity.apps.dataspace.tables import ACT, SEE
from twincity.engines.identity.facade import has_role, role_required
from twincity.kernel.problems import Problem

PER_PAGE = 50


@require_safe
@role_required(*SEE)
def negotiations(request: HttpRequest) -> HttpResponse:
    """Contract negotiations of this node.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    return _listed(request, "negotiations", _("No negotiations yet"))


@require_safe
@role_required(*SEE)
def transfers(request: HttpRequest) -> HttpResponse:
    """Transfers of this node.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    return _listed(request, "transfers", _("No transfers yet"))


def _listed(request: HttpRequest, kind: str, empty: str) -> HttpResponse:
    form = ListForm(kind, request.GET)
    chosen = form.checked()
    find = queries.negotiations if kind == "negotiations" else queries.transfers
    page: Any = Paginator(find(**chosen), PER_PAGE).get_page(form.cleaned_data["page"])
    table = tables.processes_table(page, kind, empty)
    context = {"kind": kind, "page": page, "table": table, "chosen": chosen}
    return render(request, "dataspace/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SEE)
def negotiation(request: HttpRequest, identifier: str) -> HttpResponseBase:
    """One negotiation with its messages; a steward takes its next step here.

    Raises:
        Problem: ``not-found``.
    """
    found = queries.negotiation(identifier)
    if request.method == "POST":
        return _stepped(request, found, "negotiations")
    more = {"text": tables.readable(found), "facts": tables.negotiation_facts(found)}
    return _one(request, found, "negotiations", more)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SEE)
def transfer(request: HttpRequest, identifier: str) -> HttpResponseBase:
    """One transfer with its messages; a steward takes its next step here.

    Raises:
        Problem: ``not-found``.
    """
    found = queries.transfer(identifier)
    if request.method == "POST":
        return _stepped(request, found, "transfers")
    return _one(request, found, "transfers", {"facts": tables.transfer_facts(found)})


def _one(request: HttpRequest, found: Any, kind: str, more: dict[str, Any], status: int = 200) -> HttpResponse:
    acts = possible(found, kind)
    may = acts and any(has_role(account=request.user, role=role) for role in ACT)
    context = {
        "found": found,
        "kind": kind,
        "form": more.pop("form", None) or (StepForm(acts) if may else None),
        "timeline": tables.timeline(queries.timeline(found.pk)),
        **more,
    }
    return render(request, "dataspace/process.html", context, status=status)


@role_required(*ACT)
def _stepped(request: HttpRequest, found: Any, kind: str) -> HttpResponse:
    form = StepForm(possible(found, kind), request.POST)
    facts = tables.negotiation_facts(found) if kind == "negotiations" else tables.transfer_facts(found)
    if not form.is_valid():
        return _one(request, found, kind, {"form": form, "facts": facts}, status=422)
    act, reason = form.cleaned_data["act"], form.cleaned_data["reason"]
    take = negotiating.act if kind == "negotiations" else transferring.act
    try:
        posting.follow_up(take(pid=found.pk, act=act, reason=reason))
    except Problem as problem:
        more = {"form": form, "facts": facts, "problem": problem}
        return _one(request, found, kind, more, status=problem.kind.status)
    messages.success(request, _("Done and on its way to the partner: %(step)s.") % {"step": WORDS[act]})
    return redirect(f"dataspace:{kind[:-1]}", found.pk)
