"""The catalogue for people: search, and a page for each entry. Open to everyone: it holds only what is published."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from twincity.engines.catalogue import queries, services, tables
from twincity.engines.catalogue.documents import Dataset, Kind, identifier_of
from twincity.engines.catalogue.forms import SIDES, SearchForm
from twincity.engines.catalogue.pages import standards
from twincity.kernel.problems import NOT_FOUND, Problem

PER_PAGE = 50
DISTRIBUTIONS = 20
"""Of a dataset, shown on its page."""


@require_safe
def entries(request: HttpRequest) -> HttpResponse:
    """Search over the whole circle, narrowed by facets, territory and map extent.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    form = SearchForm(request.GET)
    chosen = form.checked()
    found = queries.search(**chosen)
    # Only numbers are paged: the entries of one page are read once, from where it starts.
    page = Paginator(range(found.total), PER_PAGE).get_page(form.cleaned_data["page"])
    searched = any(chosen.values())
    empty = _("Nothing matches all of these words") if searched else _("Nothing is published yet")
    shown = found.entries((page.number - 1) * PER_PAGE, PER_PAGE)
    context = {
        "chosen": chosen,
        "facets": tables.facets(chosen, found.counts),
        "form": form,
        "all_kept": tables.hidden(chosen),
        "kept": tables.hidden(chosen, "text"),
        "kept_elsewhere": tables.hidden(chosen, "division", *SIDES),
        "places": tables.territories(chosen["division"]),
        "narrowed": any(value for name, value in chosen.items() if name not in {"text", "kind", "owner"}),
        "page": page,
        "table": tables.entries_table(shown, empty, name="catalogue", part=page.has_other_pages()),
        "searched": searched,
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
        context |= _quality(content, owner) | _distributions(content)
    if kind == "standard":
        context |= standards.context_of(request, found)
    return render(request, "catalogue/entry.html", context)


@require_safe
def own(request: HttpRequest, kind: Kind, name: str, version: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """Where the identifier of an entry of this node leads."""
    return redirect("catalogue-entry", settings.CONFIG.id, kind, name, version)


def _distributions(dataset: Dataset) -> dict[str, Any]:
    """The first lines of the list, when it is here: a page waits for no other node."""
    listed = dataset.distributions
    if listed is None or not services.distributions.path(listed.sha256).exists():
        return {}
    shown = services.distributions.read(listed.sha256, 0, DISTRIBUTIONS)
    return {"distributions": tables.distributions_table(shown), "list": listed.sha256}


def _quality(dataset: Dataset, owner: str) -> dict[str, Any]:
    """The whole report for a dataset of this node; of another's, what its owner published."""
    run = queries.latest_run(dataset.name) if owner == settings.CONFIG.id else None
    if run is not None:
        facts, scores = tables.run_facts(run), run.scores
        return {"quality": facts, "scores": tables.scores_table(scores), "failures": tables.failures_table(run)}
    if dataset.quality is not None:
        return {"quality": tables.summary_facts(dataset.quality), "scores": tables.scores_table(dataset.quality.scores)}
    return {}
