"""Middleware that ends sessions which may not go on, and keeps visitors from credentials of this node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from twincity.engines.identity import facade

CREDENTIALS = ("mfa_", "account_change_password", "account_set_password", "account_reauthenticate", "socialaccount_")
"""Routes on which an account of this node looks after its passwords, second factors and links."""


class CheckedSessions:
    """Asks every registered check at each request of somebody signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and not facade.holds(request):
            logout(request)
            messages.info(request, _("Your session has ended. Sign in again."))
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:  # noqa: ARG002
        """A password or passkey given to a visitor here would outlive its account at home."""
        route = request.resolver_match.view_name if request.resolver_match else ""
        if getattr(request.user, "home", "") and route.startswith(CREDENTIALS):
            raise PermissionDenied
