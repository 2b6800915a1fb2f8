"""The ledger for people: how both logs stand, what is in them, and a button that recomputes them from their files.

Checkpoints and tiles are public, but these pages tell when who did what here, so they ask for a signed-in account; any
role will do. Records of the exchange log stay closed even then: shown is what the log publishes of them, the record
itself is on the pages of the exchange, for those who may see it.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from twincity.engines.ledger import queries, services, tables
from twincity.engines.ledger.forms import PageForm
from twincity.engines.ledger.log.log import Log
from twincity.engines.ledger.log.proofs import SUFFIX
from twincity.kernel import jws
from twincity.kernel.problems import NOT_FOUND, Problem

PER_PAGE = 50
RECENT = 8
KEPT = 3600
"""Seconds for which the outcome of a verification is shown."""


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Both logs side by side, with the outcome of the last verification."""
    return render(request, "ledger/index.html", {"logs": [_log(name) for name in services.NAMES]})


@require_POST
@login_required
def verify(request: HttpRequest, name: str) -> HttpResponseRedirect:  # noqa: ARG001  a view's signature
    """Recompute a log from its files; the outcome is shown to everybody for an hour."""
    log = _open(name)
    cache.set(_key(name), queries.verify(log, services.ledger().roots[name]), KEPT)
    return redirect(f"{reverse('ledger')}#{name}")


@require_safe
@login_required
def records(request: HttpRequest, name: str) -> HttpResponse:
    """All records of a log, latest first.

    Raises:
        Problem: ``not-found``, ``unknown-parameter`` or ``invalid``.
    """
    log = _open(name)
    page = Paginator(range(log.size - 1, -1, -1), PER_PAGE).get_page(PageForm(request.GET).number())
    rows = queries.entries(log, page.object_list)
    table = tables.entries_table(name, rows, name="ledger-records", part=True)
    context = {"name": name, "title": tables.log_title(name), "page": page, "table": table}
    return render(request, "ledger/records.html", context)


@require_safe
@login_required
def record(request: HttpRequest, name: str, place: int) -> HttpResponse:
    """One record: what the log publishes of it, and its proof.

    Raises:
        Problem: ``not-found``.
    """
    log = _open(name)
    row = _entry(log, place)
    view = queries.overview(name, log)
    context = {
        "row": row,
        "name": name,
        "title": tables.log_title(name),
        "facts": tables.entry_facts(view, row),
        "content": "" if row.private else _readable(row.published),
        "provable": row.index < (view.witnessed or view.latest).size and (view.witnessed or not view.asked),
    }
    return render(request, "ledger/record.html", context)


@require_safe
@login_required
def proof(request: HttpRequest, name: str, place: int) -> HttpResponse:  # noqa: ARG001  a view's signature
    """The record's proof file.

    Raises:
        Problem: ``not-found`` or ``not-yet-published``.
    """
    log = _open(name)
    _entry(log, place)
    return _file(queries.proof(log, place), f"{name}-{place}{SUFFIX}")


@require_safe
@login_required
def content(request: HttpRequest, name: str, place: int) -> HttpResponse:  # noqa: ARG001  a view's signature
    """A public record exactly as it was logged, to be checked with its proof.

    Raises:
        Problem: ``not-found``, also for every record of the exchange log.
    """
    log = _open(name)
    if _entry(log, place).private:
        raise Problem(NOT_FOUND, field="place", what=f"{name}/{place}")
    return _file(log.record(place).data, f"{name}-{place}.record")


@require_safe
@login_required
def policy(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001  a view's signature
    """Keys and witnesses to believe for this log, as the file that the offline verifier takes."""
    return _file(_open(name).policy.render().encode(), f"{name}-policy.json")


def _log(name: str) -> dict[str, Any]:
    log = _open(name)
    view = queries.overview(name, log)
    latest = queries.entries(log, range(log.size - 1, max(-1, log.size - 1 - RECENT), -1))
    verdict = cache.get(_key(name))
    return {
        "view": view,
        "checkpoint": f"/log/{name}/checkpoint",
        "title": tables.log_title(name),
        "facts": tables.log_facts(view),
        "witnesses": tables.witnesses_table(view),
        "verdict": verdict,
        "outcome": tables.verdict_facts(verdict) if verdict else [],
        "latest": tables.entries_table(name, latest),
    }


def _open(name: str) -> Log:
    if name not in services.NAMES:
        raise Problem(NOT_FOUND, field="name", what=name)
    return services.ledger().logs[name]


def _entry(log: Log, place: int) -> queries.Entry:
    if place >= log.size:
        raise Problem(NOT_FOUND, field="place", what=str(place))
    return queries.entry(log, place)


def _key(name: str) -> str:
    return f"ledger.verdict.{services.ledger().member}.{name}"


def _readable(text: str) -> str:
    """A signed document's payload as indented JSON, anything else as it is."""
    try:
        value = json.loads(text) if text.startswith("{") else jws.payload(text)
        if isinstance(value.get("payload"), str):
            value = jws.payload(f".{value['payload']}.")
    except (ValueError, jws.JWSError):
        return text
    return json.dumps(value, ensure_ascii=False, indent=2)


def _file(data: bytes, filename: str) -> HttpResponse:
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer
