"""What comes with a published standard: its sign-off, an entry form, samples, a printable page, a data contract."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from twincity.engines.catalogue import queries, services, tables
from twincity.engines.catalogue.documents import identifier_of
from twincity.engines.catalogue.forms import ReasonForm, RowForm, StrictForm
from twincity.engines.catalogue.pages.common import STEWARD, csv_file, is_steward, json_file, no_parameters
from twincity.engines.catalogue.rules import Standard
from twincity.engines.catalogue.rules.odcs import data_contract
from twincity.engines.catalogue.rules.samples import broken_rows, sample_rows
from twincity.engines.catalogue.rules.tabular import write_csv
from twincity.engines.circle import facade as circle
from twincity.engines.identity.facade import role_required
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, Problem

SAMPLES = 10
BREAKS, TITLE, ALSO = "_breaks", "_rule", "_also"
"""Columns of the broken samples that no field can have, since names of fields begin with a letter."""


@require_safe
def shared(request: HttpRequest) -> HttpResponse:
    """Standards that anchors have spoken about, and where each stands."""
    no_parameters(request)
    return render(request, "catalogue/shared.html", {"table": tables.shared_table(queries.shared_standards())})


def context_of(request: HttpRequest, found: Any) -> dict[str, Any]:
    """What the page of a published version adds for standards."""
    sign_off = queries.sign_off_of(found)
    others = queries.same_name(found)
    return {
        "sign_off": tables.sign_off_facts(sign_off),
        "words": tables.words_table(sign_off, queries.digest_of(found)),
        "compared": [(each.pk, f"{each.version} · {tables.publisher(each.owner)}") for each in others],
        "may_draft": is_steward(request),
        "may_sign": is_steward(request) and _is_anchor(),
        "own_word": queries.own_word(found.pk, circle.member_id()) if circle.is_open() else None,
        "reason_form": ReasonForm(),
    }


@require_POST
@role_required(STEWARD)
def sign(request: HttpRequest, owner: str, name: str, version: str) -> HttpResponse:
    """Sign a version for the whole circle, refuse it, or take the signature back.

    Raises:
        Problem: ``not-found``, ``invalid`` and what the service refuses.
    """
    found, act = _entry(owner, name, version), request.POST.get("act", "")
    if act == "endorse":
        StrictForm(request.POST).checked()
        services.endorse(identifier=found.pk)
        messages.success(request, _("Signed, and on its way to all members."))
    elif act in {"refuse", "withdraw"}:
        form = ReasonForm(request.POST)
        form.checked()
        say = services.refuse if act == "refuse" else services.withdraw_endorsement
        say(identifier=found.pk, reason=form.reason())
        messages.success(request, _("Said with its reason, and on its way to all members."))
    else:
        raise Problem(NOT_FOUND, field="act", what=act)
    return redirect("catalogue-entry", owner, "standard", name, version)


@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, owner: str, name: str, version: str) -> HttpResponse:
    """A form for one row, judged by the standard; nothing that is entered is kept.

    Raises:
        Problem: ``not-found`` or ``unknown-parameter``.
    """
    found = _entry(owner, name, version)
    no_parameters(request)
    standard = queries.standard_of(found)
    filled = RowForm(request.POST if request.method == "POST" else None, standard=standard, today=_today())
    context: dict[str, Any] = {"entry": found, "title": tables.local(found.title), "form": filled}
    if filled.is_bound and filled.is_valid():
        context["row"] = msgspec.json.format(msgspec.json.encode(filled.row()), indent=2).decode()
        context["line"] = write_csv([field.name for field in standard.fields], [filled.row()]).decode("utf-8-sig")
    return render(request, "catalogue/row.html", context, status=422 if filled.errors else 200)


@require_safe
def document(request: HttpRequest, owner: str, name: str, version: str) -> HttpResponse:
    """The whole standard on one page that prints well: every limit, code and rule in both languages.

    Raises:
        Problem: ``not-found`` or ``unknown-parameter``.
    """
    no_parameters(request)
    found = _entry(owner, name, version)
    standard = queries.standard_of(found)
    context = {
        "entry": found,
        "standard": standard,
        "title": tables.local(found.title),
        "facts": [*tables.provenance(found), *tables.sign_off_facts(queries.sign_off_of(found))],
        "fields": tables.whole_fields(standard),
        "rules": tables.whole_rules(standard),
    }
    return render(request, "catalogue/document.html", context)


@require_safe
def generated(request: HttpRequest, owner: str, name: str, version: str, what: str) -> HttpResponse:
    """A blank template, right sample rows, broken rows for training, or a data contract.

    Raises:
        Problem: ``not-found``, ``unknown-parameter`` or ``standard-no-samples``.
    """
    no_parameters(request)
    found = _entry(owner, name, version)
    standard = queries.standard_of(found)
    if what == "contract.json":
        return json_file(data_contract(standard, identifier=found.pk), f"{name}-{version}.odcs.json")
    return csv_file(_table(standard, what, _today(), get_language() or ""), f"{name}-{version}-{what}")


@lru_cache(maxsize=64)
def _table(standard: Standard, what: str, today: date, language: str) -> bytes:  # noqa: ARG001  titles follow the language
    """Made once a day, for anybody may ask and it takes up to seconds for large standards."""
    columns = [field.name for field in standard.fields]
    if what == "template.csv":
        return write_csv(columns, [])
    if what == "samples.csv":
        return write_csv(columns, sample_rows(standard, SAMPLES, today=today))
    rows = [
        {**each.row, BREAKS: each.rule, TITLE: tables.local(each.title), ALSO: " ".join(each.also)}
        for each in broken_rows(standard, today=today)
    ]
    strange = dict.fromkeys(name for row in rows for name in row if name not in {*columns, BREAKS, TITLE, ALSO})
    return write_csv([BREAKS, TITLE, ALSO, *columns, *strange], rows)


def _entry(owner: str, name: str, version: str) -> Any:
    identifier = identifier_of(owner, "standard", name, version)
    found = queries.entry(identifier)
    if found is None:
        raise Problem(NOT_FOUND, field="identifier", what=identifier)
    return found


def _is_anchor() -> bool:
    return circle.is_open() and circle.directory().charter.anchor(circle.member_id()) is not None


def _today() -> date:
    return timezone.localtime(clock.now()).date()
