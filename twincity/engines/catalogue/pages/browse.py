"""The catalogue for people: search, and a page for each entry. Open to everyone: it holds only what is published."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from twincity.engines.catalogue import queries, tables
from twincity.engines.catalogue.documents import Dataset, Kind, identifier_of
from twincity.engines.catalogue.forms import SearchForm
from twincity.engines.catalogue.pages import standards
from twincity.engines.catalogue.pages.common import is_steward
from twincity.kernel.problems import NOT_FOUND, Problem

PER_PAGE = 50


@require_safe
def entries(request: HttpRequest) -> HttpResponse:
    """Search over the whole circle, narrowed by kind and publisher.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    form = SearchForm(request.GET)
    chosen = form.checked()
    page = Paginator(queries.search(**chosen), PER_PAGE).get_page(form.cleaned_data["page"])
    searched = any(chosen.values())
    empty = _("Nothing matches all of these words") if searched else _("Nothing is published yet")
    context = {
        "chosen": chosen,
        "facets": tables.facets(chosen, *queries.facets(**chosen)),
        "page": page,
        "table": tables.entries_table(page, empty),
        "searched": searched,
        "may_draft": is_steward(request),
    }
    return render(request, "catalogue/entries.html", context)


@require_safe
def entry(request: HttpRequest, owner: str, kind: Kind, name: str, version: str) -> HttpResponse:
    """One version of a standard, dataset or service, with its provenance.

    Raises:
        Problem: ``not-found``.
    """
    identifier = identifier_of(owner, kind, name, version)
    found = queries.entry(identifier)
    if found is None:
        raise Problem(NOT_FOUND, field="identifier", what=identifier)
    content = queries.content(found)
    versions = list(queries.versions(owner=owner, kind=kind, name=name))
    context = {
        "entry": found,
        "title": tables.local(found.title),
        "reason": tables.local(found.withdrawn_reason) if found.withdrawn_reason else "",
        "newest": tables.address(versions[0]) if found.superseded else "",
        "provenance": tables.provenance(found),
        "versions": tables.versions_table(versions),
        **tables.content_parts(content, owner),
    }
    if isinstance(content, Dataset):
        context |= _quality(content, owner)
    if kind == "standard":
        context |= standards.context_of(request, found)
    return render(request, "catalogue/entry.html", context)


@require_safe
def own(request: HttpRequest, kind: Kind, name: str, version: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """Where the identifier of an entry of this node leads."""
    return redirect("catalogue-entry", settings.CONFIG.id, kind, name, version)


def _quality(dataset: Dataset, owner: str) -> dict[str, Any]:
    """The whole report for a dataset of this node; of another's, what its owner published."""
    run = queries.latest_run(dataset.name) if owner == settings.CONFIG.id else None
    if run is not None:
        facts, scores = tables.run_facts(run), run.scores
        return {"quality": facts, "scores": tables.scores_table(scores), "failures": tables.failures_table(run)}
    if dataset.quality is not None:
        return {"quality": tables.summary_facts(dataset.quality), "scores": tables.scores_table(dataset.quality.scores)}
    return {}
