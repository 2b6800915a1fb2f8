"""Own systems that sign people in with accounts of this node, and accounts linked to other providers."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from allauth.idp.oidc.models import Client
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction

from twincity.engines.identity import rules
from twincity.engines.identity.models import Account
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem

SCOPES = frozenset({"openid", "profile", "roles"})
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@transaction.atomic
def register_client(*, name: str, redirect_uris: Iterable[str], scopes: Iterable[str], public: bool) -> tuple[str, str]:
    """Register a system as OpenID client, or give the one of that name a new secret and new addresses.

    Args:
        name: what people read on the page that asks for consent; also finds the client again.
        redirect_uris: exact addresses to which a browser may be sent back; https, or http on this machine.
        scopes: of ``openid``, ``profile`` and ``roles``.
        public: for an app in browsers or on phones, which can keep no secret; PKCE is asked of all.

    Returns:
        Client id, and the secret, which is not kept: empty for a public client.

    Raises:
        Problem: ``invalid``.
    """
    wanted, uris = {"openid", *scopes}, list(redirect_uris)
    if wanted - SCOPES:
        raise Problem(INVALID, field="scopes", name="scopes", reason=min(wanted - SCOPES)[:40])
    if not uris or not all(map(_good_redirect, uris)):
        raise Problem(INVALID, field="redirect_uris", name="redirect_uris", reason="https addresses without fragment")
    client = Client.objects.filter(name=name).first() or Client(name=name)
    client.set_redirect_uris(uris)
    client.set_scopes(sorted(wanted))
    client.set_default_scopes(["openid"])
    client.type = Client.Type.PUBLIC if public else Client.Type.CONFIDENTIAL
    secret = "" if public else rules.new_token()
    client.set_secret(secret or rules.new_token())
    client.save()
    return client.id, secret


@transaction.atomic
def remove_client(*, name: str) -> None:
    """Forget a client; its tokens stop at once.

    Raises:
        Problem: ``not-found``.
    """
    if not Client.objects.filter(name=name).delete()[0]:
        raise Problem(NOT_FOUND, field="name", what=name)


@transaction.atomic
def link_account(*, username: str, provider: str, subject: str) -> None:
    """Let a subject of a configured provider sign in as an account; it replaces an earlier link of that subject.

    Raises:
        Problem: ``not-found`` for account or provider.
    """
    if provider not in settings.CONFIG.sign_in:
        raise Problem(NOT_FOUND, field="provider", what=f"sign-in.{provider}")
    account = Account.objects.filter(username=rules.clean_username(username)).first()
    if account is None:
        raise Problem(NOT_FOUND, field="username", what=username)
    SocialAccount.objects.update_or_create(provider=provider, uid=subject, defaults={"user": account})


def _good_redirect(uri: str) -> bool:
    parts = urlsplit(uri)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return safe and bool(parts.netloc) and not parts.fragment and "*" not in uri and uri.isprintable()
