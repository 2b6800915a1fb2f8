"""Where one is signed in, and when somebody was."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from twincity.engines.identity import queries, tables
from twincity.engines.identity.forms import NoFields
from twincity.kernel.problems import NOT_FOUND, Problem

SHOWN = 20
"""Sign-ins on the page."""


@never_cache
@login_required
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Open sessions, each with a button that ends it, and the latest sign-ins."""
    account: Any = request.user
    context = {
        "sessions": [tables.session(each) for each in UserSession.objects.purge_and_list(account)],
        "history": tables.sign_ins(queries.sign_ins(account, SHOWN)),
    }
    return render(request, "identity/sessions.html", context)


@login_required
@require_POST
def end_session(request: HttpRequest, session: int) -> HttpResponse:
    """End one of the account's own sessions at once.

    Raises:
        Problem: ``not-found``.
    """
    NoFields(request.POST).checked()
    account: Any = request.user
    found = UserSession.objects.filter(user=account, pk=session).first()
    if found is None:
        raise Problem(NOT_FOUND, field="session", what=f"session {session}")
    found.end()
    messages.success(request, _("The session has ended."))
    return redirect("identity:sessions")
