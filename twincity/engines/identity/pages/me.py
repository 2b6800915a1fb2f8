"""A person's own page: who they are here and what they may do."""

from __future__ import annotations

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from twincity.engines.identity import queries


@login_required
def me(request: HttpRequest) -> HttpResponse:
    """Name, roles, party and second factor of the account that is signed in."""
    account: Any = request.user
    facts = [
        (_("Sign-in name"), account.get_username()),
        (_("Roles"), " · ".join(queries.role_labels(account.roles))),
        (_("Stands for"), account.party),
        (_("Second factor"), is_mfa_enabled(account)),
        (_("Last signed in"), account.last_login),
    ]
    return render(request, "identity/me.html", {"facts": facts})
