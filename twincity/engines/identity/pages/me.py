"""Who the account is here and what it may do."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from twincity.engines.identity import facade, queries


@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Name, roles with their terms, party, ways to sign in, and where to change them."""
    account: Any = request.user
    facts = [
        (_("Sign-in name"), account.get_username()),
        (_("Home node"), account.home or settings.CONFIG.id),
        (_("Roles"), " · ".join(queries.role_labels(account.roles))),
        (_("Stands for"), account.party),
        (_("Last signed in"), account.last_login),
        (_("This session gave a second factor"), facade.authentication(request=request).second_factor),
    ]
    context = {"facts": facts, "terms": queries.terms(account), "factors": _factors(account), "links": _links(account)}
    return render(request, "identity/me.html", context)


def _factors(account: Any) -> list[tuple[str, object]]:
    kinds = list(Authenticator.objects.filter(user=account).values_list("type", flat=True))
    return [
        (_("Passkeys"), kinds.count(Authenticator.Type.WEBAUTHN)),
        (_("Authenticator app"), Authenticator.Type.TOTP in kinds),
        (_("Recovery codes"), Authenticator.Type.RECOVERY_CODES in kinds),
    ]


def _links(account: Any) -> bool:
    """Whether accounts of other providers can be linked."""
    return bool(settings.CONFIG.sign_in) and not account.home
