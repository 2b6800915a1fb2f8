"""The operators' back room: stock Django admin, opened only to staff signed in with a second factor."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from twincity.engines.identity import facade as identity


class BackRoom(AdminSite):
    """Admin site that refuses a session without a second factor, and leads staff to where they can give one."""

    site_header = gettext_lazy("Back room")
    site_title = gettext_lazy("Back room")
    index_title = gettext_lazy("Tables of this node")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and _gave_second_factor(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """Django's own sign-in form knows no second factor, so it is never shown."""
        target = _target(request)
        if self.has_permission(request):
            return redirect(target)
        if not request.user.is_authenticated:
            return redirect_to_login(target)
        if not super().has_permission(request):
            raise PermissionDenied
        if is_mfa_enabled(request.user, types=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]):
            return redirect_to_login(target, reverse("mfa_reauthenticate"))
        messages.info(request, _("The back room opens only with a second factor. Set one up here."))
        return redirect("mfa_activate_totp")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        logout(request)
        return redirect("home")


def _gave_second_factor(request: HttpRequest) -> bool:
    return identity.authentication(request=request).second_factor


def _target(request: HttpRequest) -> str:
    wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("admin:index")
