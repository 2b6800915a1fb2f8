"""Registers the service, the operation, the check of sessions, and the way to sign in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from twincity.apps.visitors import api, operations, services
from twincity.engines.identity import facade as identity

__all__ = ["api", "operations"]

identity.session_check(services.stands)
identity.offer_sign_in("visitors:choose", _("Sign in with an account of another node"))
