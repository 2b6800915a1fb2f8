"""The page, its live parts, and its wizard."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from twincity.engines.identity.facade import Role, role_required
from twincity.kernel.problems import NOT_FOUND, UNAVAILABLE, Problem
from twincity.kernel.ui import parts
from twincity.kernel.ui.exports import as_csv
from twincity.kernel.ui.wizards import Cleaned, Step, Wizard
from twincity.node.kit import samples
from twincity.node.kit.forms import CallsForm, SampleForm, WhatForm, WhyForm

PER_PAGE = 12


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OPERATOR)
def kit(request: HttpRequest) -> HttpResponseBase:
    """Every component; a POST shows the form with its errors and keeps nothing.

    Raises:
        Problem: ``unknown-parameter`` or ``invalid``.
    """
    asked = CallsForm(request.GET)
    peer = asked.checked()["peer"]
    rows = [row for row in samples.calls() if peer in row.peer]
    rows = samples.ordered(rows, asked.order("-at"))
    if asked.as_csv:
        return as_csv(samples.calls_table(rows, request), "calls")
    page = Paginator(rows, PER_PAGE).get_page(asked.number())
    form = SampleForm(request.POST) if request.method == "POST" else SampleForm()
    context = {
        "page": page,
        "peer": peer,
        "calls": samples.calls_table(page, request),
        "counties": samples.partners_table(),
        "figures": samples.figures(),
        "layer": samples.layer(),
        "events": samples.timeline(),
        "process": _process(),
        "tones": [(tone, parts.pill(tone, tone)) for tone in sorted(parts.TONES)],
        "form": form,
        "refusal": Problem(UNAVAILABLE, field="peer", reason="Linshui", retry_after=30),
    }
    return render(request, "node/kit.html", context, status=422 if form.is_bound and not form.is_valid() else 200)


@require_safe
@role_required(Role.OPERATOR)
def live(request: HttpRequest, name: str) -> HttpResponse:
    """A part that renews itself: ``slow`` answers, ``gone`` never does.

    Raises:
        Problem: ``unavailable``, or ``not-found`` for another name.
    """
    if name == "gone":
        raise Problem(UNAVAILABLE, reason="sample")
    if name != "slow":
        raise Problem(NOT_FOUND, field="name", what=name)
    return render(request, "node/kit_live.html", {"figure": samples.figures()[0]})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OPERATOR)
def wizard(request: HttpRequest) -> HttpResponse:
    """A wizard of two steps; what is handed in goes nowhere."""
    return WIZARD.page(request)


def _finish(request: HttpRequest, cleaned: Cleaned) -> HttpResponse:
    messages.success(request, _("Handed in: %(what)s") % {"what": cleaned["what"]["dataset"]})
    return redirect("kit")


WIZARD = Wizard(
    "kit",
    gettext_lazy("Ask for data"),
    [
        Step("what", gettext_lazy("What is asked for"), WhatForm, gettext_lazy("Ask for no more than is needed.")),
        Step("why", gettext_lazy("What for"), WhyForm),
    ],
    finish=_finish,
    leave="kit",
)


def _process() -> list[tuple[str, str, str]]:
    return [
        (_("Asked for"), "done", "2026-09-01"),
        (_("Checked"), "done", ""),
        (_("Approved"), "now", ""),
        (_("In force"), "next", ""),
    ]
