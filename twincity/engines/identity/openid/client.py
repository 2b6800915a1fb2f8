"""Accounts of other OpenID providers, such as a province's identity platform, as ``node.toml`` allows them.

Nothing links an account here to one there but its subject: neither name nor mail address is ever compared, since
whoever chooses those elsewhere would choose whose account to enter here.
"""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from twincity.engines.identity import rules, services
from twincity.engines.identity.models import Account
from twincity.kernel.home import SignIn


class LinkedAdapter(DefaultSocialAccountAdapter):
    """Only subjects that are linked, or that the operator lets in as new accounts, sign in."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Check the issuer, forget mail addresses, and bring the roles of an account made here up to date."""
        provider, claims = _provider(sociallogin), _claims(sociallogin)
        if claims.get("iss") != provider.issuer:
            messages.error(request, _("The provider answered as somebody else. You are not signed in."))
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.email_addresses = []
        if sociallogin.is_existing and sociallogin.user.username == _name(sociallogin):
            services.set_roles(
                username=sociallogin.user.username, roles=rules.mapped_roles(provider.roles, claims.get(provider.claim))
            )

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002  allauth's signature
        return _provider(sociallogin).accounts == "new"

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002
        return True

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Account:  # noqa: ARG002
        user: Account = sociallogin.user
        user.username = _name(sociallogin)
        user.title = str(data.get("name") or "")[:150]
        return user

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Account:  # noqa: ARG002
        user: Account = sociallogin.user
        user.set_unusable_password()
        sociallogin.save(request)
        provider = _provider(sociallogin)
        roles = rules.mapped_roles(provider.roles, _claims(sociallogin).get(provider.claim))
        return services.set_roles(username=user.username, roles=roles)


def _provider(sociallogin: Any) -> SignIn:
    found: SignIn = settings.CONFIG.sign_in[sociallogin.account.provider]
    return found


def _claims(sociallogin: Any) -> dict[str, Any]:
    """Claims of the ID token, with those of userinfo that it does not hold."""
    data = sociallogin.account.extra_data
    return {**(data.get("userinfo") or {}), **(data.get("id_token") or {})}


def _name(sociallogin: Any) -> str:
    return rules.visitor_name(sociallogin.account.provider, sociallogin.account.uid)
