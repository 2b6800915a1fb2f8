"""The base data for people: counties and towns with search, and what became of any code. Open to everyone."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from twincity.apps.sharing import divisions as register
from twincity.apps.sharing import queries, tables
from twincity.apps.sharing.divisions import Level
from twincity.apps.sharing.forms import SearchForm
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Table

PER_PAGE = 50
WHOLE_CODES = (6, 9, 12)


@require_safe
def divisions(request: HttpRequest) -> HttpResponse:
    """Divisions in force with search; a whole code leads to its own page, in force or not.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    form = SearchForm(request.GET)
    chosen = form.checked()
    text = chosen["text"]
    if text.isdecimal() and len(text) in WHOLE_CODES:
        return redirect("sharing:division", text)
    page = Paginator(queries.listed(**chosen), PER_PAGE).get_page(form.cleaned_data["page"])
    empty = _("No division matches") if any(chosen.values()) else _("The tables are not loaded yet")
    context = {"chosen": chosen, "levels": form.levels(), "page": page, "table": tables.units_table(page, empty)}
    return render(request, "sharing/divisions.html", context)


@require_safe
def division(request: HttpRequest, code: str) -> HttpResponse:
    """Where a code leads today, all that it has stood for, and the units below it.

    Raises:
        Problem: ``division-code-malformed`` or ``division-unknown``.
    """
    way = register.resolve(code)
    unit = way.asked
    facts = [
        (_("Code"), parts.ident(unit.code, keep=12)),
        (_("Level"), tables.LEVELS[unit.level]),
        (_("Place"), tables.place(register.divisions().path(unit.code))),
        (_("Leads today to"), tables.today(way)),
        (_("Seat"), _("%(lng)s E, %(lat)s N, datum %(datum)s") % _seat(unit) if unit.lng else None),
    ]
    context = {
        "unit": unit,
        "way": way,
        "facts": facts,
        "steps": tables.way_table(way) if way.steps else None,
        "uses": tables.uses_table(register.divisions().uses(code)),
        "changes": tables.changes_table(queries.changes(unit.code)),
        "below": _below(unit),
    }
    return render(request, "sharing/division.html", context)


def _seat(unit: register.Division) -> dict[str, str]:
    datum = _("not stated") if unit.datum == "unstated" else unit.datum
    return {"lng": unit.lng, "lat": unit.lat, "datum": datum}


def _below(unit: register.Division) -> Table | None:
    if unit.level is Level.TOWN:
        return None
    found = queries.listed(parent=unit.code)
    return tables.units_table(found, "") if found else None
