"""The node's own pages: the first page, and what stands where something went wrong."""

from __future__ import annotations

import logging
import os
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.kernel import home as node_home
from twincity.kernel import ids
from twincity.kernel.problems import BAD_REQUEST, FORBIDDEN, INTERNAL, MEDIA_TYPE, NOT_FOUND, Problem
from twincity.kernel.ui import panels, parts
from twincity.kernel.ui.problems import answer

log = logging.getLogger(__name__)

SHOWN_KEYS = ("root", "tc1", "log", "witness")


def home(request: HttpRequest) -> HttpResponse:
    """Who this node is, and the panels that engines and apps bring."""
    return render(request, "node/home.html", {"panels": panels.render(request)})


@panels.panel(order=0)
def identity(request: HttpRequest) -> tuple[str, dict[str, Any]]:  # noqa: ARG001  a panel's signature
    """What another member has to know of this one, with the names of its keys for comparing by telephone."""
    config = settings.CONFIG
    facts = [
        (_("Member"), parts.ident(config.id, keep=40)),
        (_("Territory code"), config.division),
        (_("Address"), config.address),
    ]
    return "node/identity.html", {"facts": facts, "keys": _keys()}


@panels.panel(order=10)
def apps(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:  # noqa: ARG001  a panel's signature
    """The apps this node has switched on, with the rows of the programme's list that each carries out."""
    language = get_language() or ""
    found = [
        {
            "title": unit.title.in_language(language),
            "route": unit.menu[0].route if unit.menu else "",
            "systems": ", ".join(map(str, unit.systems)),
        }
        for unit in settings.UNITS
        if unit.kind == "apps"
    ]
    return ("node/apps.html", {"apps": found}) if found else None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's signature
    """400: the request itself was broken."""
    hint = _("The address or the form came through incomplete. Go back and try again.")
    return _page(request, Problem(BAD_REQUEST, reason=request.path), _("The request cannot be understood"), hint)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's signature
    """403: signed in, but without the role."""
    hint = _("Your account does not hold the role this page asks for. The operator of this node gives out roles.")
    return _page(request, Problem(FORBIDDEN, what=request.path), _("Not permitted"), hint)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's signature
    """404: nothing at this address."""
    hint = _("The link may be old, or part of it was lost on the way.")
    return _page(request, Problem(NOT_FOUND, what=request.path), _("There is nothing at this address"), hint)


def failed(request: HttpRequest) -> HttpResponse:
    """500: needs neither database nor session, since either may be what failed."""
    incident = ids.new_id()
    log.error("page failed", extra={"incident": incident, "path": request.path})
    problem = Problem(INTERNAL, incident=incident)
    if not request.accepts("text/html"):
        return HttpResponse(problem.body(get_language() or ""), status=500, content_type=MEDIA_TYPE)
    return HttpResponse(render_to_string("node/failed.html", {"incident": incident}), status=500)


def _page(request: HttpRequest, problem: Problem, title: str, hint: str) -> HttpResponse:
    if not request.accepts("text/html"):
        return answer(request, problem)
    context = {"title": title, "hint": hint, "status": problem.kind.status}
    return render(request, "node/error.html", context, status=problem.kind.status)


def _keys() -> list[tuple[str, Any]]:
    if "TWINCITY_HOME" not in os.environ:
        return []
    here = node_home.current()
    labels = {
        "root": _("Anchor key"),
        "tc1": _("Exchange key"),
        "log": _("Ledger key"),
        "witness": _("Witness key"),
    }
    return [(labels[name], parts.ident(here.key(name).public.kid, keep=16)) for name in SHOWN_KEYS]
