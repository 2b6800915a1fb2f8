"""Light, dark, or as the system says: what somebody chose, kept in a cookie of this browser."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from twincity.kernel.problems import INVALID, Problem

COOKIE = "tc-look"
KEPT = 365 * 86_400
LOOKS = (("", _("As the system")), ("light", _("Light")), ("dark", _("Dark")))


def chosen(request: HttpRequest) -> dict[str, Any]:
    """Context for ``kernel/base.html``: the ``looks`` there are, and the ``look`` chosen, empty for the system's."""
    look = request.COOKIES.get(COOKIE, "")
    return {"look": look if look in dict(LOOKS) else "", "looks": LOOKS}


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep ``look`` and go back to ``next``.

    Raises:
        Problem: ``invalid`` for a look that does not exist.
    """
    look = request.POST.get("look", "")
    if look not in dict(LOOKS):
        raise Problem(INVALID, field="look", name="look", reason=look)
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    answer = redirect(target if safe else "home")
    if look:
        answer.set_cookie(COOKIE, look, max_age=KEPT, samesite="Lax", secure=request.is_secure(), httponly=True)
    else:
        answer.delete_cookie(COOKIE)
    return answer
