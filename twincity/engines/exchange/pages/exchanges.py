"""Exchanges: the list, one in full, and its evidence."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from twincity.engines.exchange import queries, services, tables
from twincity.engines.exchange.evidence import bundle as bundles
from twincity.engines.exchange.evidence.bundle import Bundle
from twincity.engines.exchange.evidence.verify import charter_digest, verify
from twincity.engines.exchange.forms import ExchangeForm, ExchangesForm
from twincity.engines.exchange.rules import FORBIDDEN
from twincity.engines.exchange.tables import SEE
from twincity.engines.exchange.wire import runtime
from twincity.engines.exchange.wire.records import Record
from twincity.engines.identity.facade import role_required
from twincity.kernel.problems import NOT_FOUND, Problem
from twincity.kernel.ui.exports import as_csv

PER_PAGE = 50
LISTED = 10_000
"""Exchanges that a list goes back; what is older is found by narrowing it."""
TURNED = 10
KEPT = 3600
"""Seconds for which a collected bundle waits to be downloaded."""
PATIENCE = 3
"""How often evidence is asked for when a checkpoint is about to be witnessed, a second apart."""


class Latest(Paginator):
    """Pages of the latest rows: counting millions would cost more than anyone looks at."""

    @cached_property
    def count(self) -> int:
        """Rows listed."""
        rows: Any = self.object_list
        return rows[:LISTED].count()


@require_safe
@role_required(*SEE)
def index(request: HttpRequest) -> HttpResponseBase:
    """The exchanges of this node, latest first, narrowed by what the address says.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    form = ExchangesForm(request.GET)
    chosen = form.checked()
    services.index_records()
    rows = queries.listed(**chosen).order_by(*form.order("-index"))
    if form.as_csv:
        return as_csv(tables.exchanges_table(rows[:LISTED], name="exchanges"), "exchanges")
    page = Latest(rows, PER_PAGE).get_page(form.number())
    searched = any(chosen.values())
    empty = _("No exchange matches") if searched else _("No exchanges yet")
    turned = list(runtime.current().turned)[: -TURNED - 1 : -1] if runtime.running() else []
    context = {
        "form": form,
        "searched": searched,
        "page": page,
        "table": tables.exchanges_table(page, empty, name="exchanges", request=request, export=True),
        "cut": page.paginator.count == LISTED,
        "limit": LISTED,
        "turned": tables.turned_table(turned) if turned else None,
    }
    return render(request, "exchange/exchanges.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*SEE)
def one(request: HttpRequest, message: str) -> HttpResponse:
    """One exchange; a POST collects its evidence from both sides.

    Raises:
        Problem: ``not-found``, ``unknown-parameter`` or ``invalid``.
    """
    services.index_records()
    rows = list(queries.exchanges(message=message).order_by("-side", "index"))
    entry = ExchangeForm(request.GET).checked()["entry"]
    row = next((each for each in rows if entry in {None, each.index}), None)
    if row is None:
        raise Problem(NOT_FOUND, field="message", what=f"exchange {message}")
    if request.method != "POST":
        return _shown(request, row, rows)
    try:
        cache.set(_key(message), bundles.write(_collected(message)), KEPT)
    except Problem as problem:
        return _shown(request, row, rows, problem)
    return redirect(f"{request.path}#evidence")


@require_safe
@role_required(*SEE)
def bundle(request: HttpRequest, message: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """The evidence bundle that was collected last.

    Raises:
        Problem: ``not-found`` when none was, within the hour.
    """
    data = cache.get(_key(message))
    if data is None:
        raise Problem(NOT_FOUND, field="message", what=f"bundle {message}")
    answer = HttpResponse(data, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{_filename(message)}"'
    return answer


def _shown(request: HttpRequest, row: Any, rows: list[Any], problem: Problem | None = None) -> HttpResponse:
    found = queries.record(row.index)
    agreement = queries.agreement(found.agreement) if found.agreement else None
    reason = agreement.terms["reason"]["en" if request.LANGUAGE_CODE == "en" else "zh-Hans"] if agreement else ""
    context = {
        "row": row,
        "others": [each for each in rows if each.index != row.index],
        "facts": tables.exchange_facts(found, reason),
        "ledger": tables.ledger_facts(found, row.index),
        "signed": tables.signed_parts(found),
        "problem": problem,
        **_why(row, found),
        **_evidence(row.message),
    }
    return render(request, "exchange/exchange.html", context, status=problem.kind.status if problem else 200)


def _why(row: Any, found: Record) -> dict[str, Any]:
    """For a call refused here for want of a grant: the conditions, as the grants stand now."""
    if row.side != "provider" or found.outcome != FORBIDDEN.code or not runtime.running():
        return {"missing": found.outcome == FORBIDDEN.code}
    grants = runtime.current().grants
    facts = queries.facts(
        member=row.peer,
        service=row.service,
        path=row.path,
        purpose=row.purpose,
        method=row.method,
        system=row.system,
        at=int(row.at.timestamp()),
    )
    return {"missing": True, "why": tables.steps_table(grants, facts, []), "changed": grants.version != found.policy}


def _evidence(message: str) -> dict[str, Any]:
    data = cache.get(_key(message))
    if data is None:
        return {}
    found = bundles.read(data)
    report = verify(found)
    return {
        "report": report,
        "checks": tables.checks_table(report.checks),
        "digest": charter_digest(found.charter),
        "filename": _filename(message),
    }


def _collected(message: str) -> Bundle:
    for _attempt in range(PATIENCE):
        try:
            return services.collect(message)
        except Problem as problem:
            if problem.retry_after is None:
                raise
            time.sleep(min(1.0, problem.retry_after))
    return services.collect(message)


def _key(message: str) -> str:
    return f"exchange.bundle.{message.encode().hex()}"


def _filename(message: str) -> str:
    return "evidence-{}.json".format("".join(each if each.isalnum() or each == "-" else "_" for each in message))
