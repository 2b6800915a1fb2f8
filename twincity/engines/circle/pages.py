"""The circle for people: who is in it, under which charter, and how each member stands at this moment.

All of it is public in the circle, but a list of nodes with what is wrong at each of them is nothing for strangers:
these pages ask for a signed-in account of any role. The first page shows charter and count of members to everyone.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from twincity.engines.circle import facade, queries, tables
from twincity.engines.circle.queries import CircleView, MemberView
from twincity.kernel.problems import NOT_FOUND, Problem


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Charter, picture, members and keys; the state of the members is fetched anew while the page is looked at."""
    if not facade.is_open():
        return render(request, "circle/alone.html")
    view = queries.overview()
    context = {**_state(view), "charter": tables.charter_facts(view), "keys": tables.all_keys_table(view)}
    return render(request, "circle/index.html", context)


@require_safe
@login_required
def live(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes by itself."""
    return render(request, "circle/state.html", _state(_overview()))


@require_safe
@login_required
def member(request: HttpRequest, name: str) -> HttpResponse:
    """One member with all its keys, past and present.

    Raises:
        Problem: ``not-found``.
    """
    view, found = _find(name)
    context = {
        "title": tables.local(found.member.node.title),
        "found": found,
        "facts": tables.member_facts(view, found),
        "keys": tables.keys_table(found.keys, view.now),
    }
    return render(request, "circle/member.html", context)


@require_safe
@login_required
def evidence(request: HttpRequest, name: str) -> HttpResponseBase:  # noqa: ARG001  a view's signature
    """Two checkpoints signed by one log that cannot both be true, as a file for ``ledger.verifier``.

    Raises:
        Problem: ``not-found`` unless that member's log was caught.
    """
    _, found = _find(name)
    if found.log.evidence is None:
        raise Problem(NOT_FOUND, field="name", what=f"evidence against {name}")
    return FileResponse(found.log.evidence.open("rb"), as_attachment=True, filename=f"fork-{name}.json")


def _state(view: CircleView) -> dict[str, Any]:
    return {
        "forked": [(tables.local(row.member.node.title), row) for row in view.members if row.log.forked],
        "ignored": tables.ignored_table(view) if view.ignored else None,
        "members": tables.members_table(view),
        "picture": tables.draw(view),
        "tally": tables.tally(view),
    }


def _overview() -> CircleView:
    if not facade.is_open():
        raise Problem(NOT_FOUND, what="circle")
    return queries.overview()


def _find(name: str) -> tuple[CircleView, MemberView]:
    view = _overview()
    found = view.find(name)
    if found is None:
        raise Problem(NOT_FOUND, field="name", what=name)
    return view, found
