"""Two versions of a standard, or those of two provinces, side by side. Open to everyone."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from twincity.engines.catalogue import services, tables
from twincity.engines.catalogue.forms import CompareForm
from twincity.engines.catalogue.pages.common import csv_file, json_file
from twincity.engines.catalogue.rules import Standard, compatible
from twincity.engines.catalogue.rules.tabular import write_csv
from twincity.engines.catalogue.rules.versions import step_of


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What differs, and whom it breaks.

    Raises:
        Problem: ``unknown-parameter``, ``invalid`` or ``not-found``.
    """
    form = CompareForm(request.GET or None)
    context: dict[str, object] = {"form": form if form.is_bound else CompareForm()}
    if form.is_bound:
        old, new = _chosen(form)
        comparison = compatible(old, new)
        context |= {
            "comparison": comparison,
            "step": step_of(comparison),
            "table": tables.differences_table(comparison, old, new, (form.said("old"), form.said("new"))),
            "query": request.GET.urlencode(),
        }
    return render(request, "catalogue/compare.html", context)


@require_safe
def export(request: HttpRequest, suffix: str) -> HttpResponse:
    """The same as JSON for machines, or as CSV.

    Raises:
        Problem: ``unknown-parameter``, ``invalid`` or ``not-found``.
    """
    old, new = _chosen(CompareForm(request.GET))
    comparison = compatible(old, new)
    rows = tables.difference_rows(comparison, old, new)
    if suffix == "csv":
        return csv_file(write_csv(tables.EXPORTED, rows), f"{old.id}-{old.version}-{new.version}.csv")
    told = {
        "old": comparison.old,
        "new": comparison.new,
        "step": step_of(comparison),
        "breaking": comparison.breaking,
        "breaks_readers": comparison.breaks_readers,
        "breaks_writers": comparison.breaks_writers,
        "differences": [
            msgspec.to_builtins(each) | {"old": row["old"], "new": row["new"]}
            for each, row in zip(comparison.differences, rows, strict=True)
        ],
    }
    return json_file(told, f"{old.id}-{old.version}-{new.version}.json")


def _chosen(form: CompareForm) -> tuple[Standard, Standard]:
    given = form.checked()
    return services.published_standard(given["old"]), services.published_standard(given["new"])
