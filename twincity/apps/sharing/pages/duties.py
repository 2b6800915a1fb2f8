"""Who has to share what, and whether it is fulfilled (责任清单). A steward says which dataset fulfils a duty."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from twincity.apps.sharing import queries, services, tables
from twincity.apps.sharing.duties import Judged
from twincity.apps.sharing.forms import DutiesForm, LinkForm
from twincity.engines.identity.facade import has_role, role_required
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, Problem


@require_safe
def duties(request: HttpRequest) -> HttpResponse:
    """Totals by province, theme and department, and every named duty; narrowed by province and state.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    form = DutiesForm(request.GET)
    chosen = form.checked()
    lists, judged = queries.duty_lists(), queries.judged(clock.unix())
    shown = [each for each in judged if _chosen(each, chosen)]
    context = {
        "lists": [(tables.local(each.title), each.basis) for each in lists[:1]],
        "provinces": tables.provinces_table(lists, judged),
        "matrix": tables.matrix_table(judged),
        "departments": tables.departments_table(judged),
        "facets": form.facets(sorted({each.province for each in judged})),
        "table": tables.duties_table(shown),
        "categories": sum(each.categories for each in lists),
    }
    return render(request, "sharing/duties.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def duty(request: HttpRequest, province: str, identifier: str) -> HttpResponseBase:
    """One duty of a province with the datasets offered for it; a POST by a steward adds one of this node's.

    Raises:
        Problem: ``not-found``.
    """
    all_duties = queries.judged(clock.unix())
    found = next((each for each in all_duties if (each.province, each.identifier) == (province, identifier)), None)
    if found is None:
        raise Problem(NOT_FOUND, field="identifier", what=identifier)
    if request.method == "POST":
        return _link(request, found)
    context = {
        "duty": found,
        "title": tables.local(found.duty.title),
        "facts": tables.duty_facts(found),
        "datasets": tables.datasets_table(found.datasets),
        "form": LinkForm(_offers(found)) if _may_link(request, found) else None,
    }
    return render(request, "sharing/duty.html", context)


@require_POST
@role_required("steward")
def _link(request: HttpRequest, found: Judged) -> HttpResponse:
    """Say that a dataset of this node fulfils the duty."""
    form = LinkForm(_offers(found), request.POST)
    services.link(dataset=form.checked(), duty=found.identifier)
    return redirect("sharing:duty", found.province, found.identifier)


def _chosen(each: Judged, chosen: dict[str, str]) -> bool:
    return chosen["province"] in {"", each.province} and chosen["state"] in {"", each.state.value}


def _may_link(request: HttpRequest, found: Judged) -> bool:
    here = settings.CONFIG.division[:2] == found.province[:2]
    return here and request.user.is_authenticated and has_role(account=request.user, role="steward")


def _offers(found: Judged) -> list[tuple[str, str]]:
    """Name and title of the datasets of this node that are not yet offered for the duty."""
    there = {each.identifier for each in found.datasets}
    own = queries.own_datasets(settings.CONFIG.id)
    return [(each.name, tables.local(each.title)) for each in own if each.identifier not in there]
