"""How sign-in behaves here: nobody signs up by themselves, no mail is sent, second factors are sealed at rest."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from twincity.engines.identity import rules, services
from twincity.engines.identity.models import Account


class ClosedAdapter(DefaultAccountAdapter):
    """Accounts are made by operators; a forgotten password is replaced by them, not by mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The node has no mail service, so nothing that allauth would mail is sent."""


class SealedSecondFactor(DefaultMFAAdapter):
    """Keeps TOTP and recovery secrets encrypted under a key derived from the node's secret (Fernet)."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


@receiver(user_logged_in)
def note_sign_in(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:  # noqa: ARG001  a signal
    """Remember a sign-in for its owner, by the first way that this session shows."""
    records = get_authentication_records(request, user)
    first: dict[str, Any] = records[0] if records else {}
    second = any(record["method"] == "mfa" or record.get("second_factor") for record in records)
    services.note_sign_in(user, way=_way(first), second_factor=second, address=request.META.get("REMOTE_ADDR", ""))


@receiver(user_login_failed)
def note_failure(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:  # noqa: ARG001
    """Remember a wrong password for the account it was tried on."""
    name = rules.clean_username(str(credentials.get("username") or ""))
    account = Account.objects.filter(username=name).first()
    if account is not None and request is not None:
        address = request.META.get("REMOTE_ADDR", "")
        services.note_sign_in(account, way="password", second_factor=False, address=address, failed=True)


def _way(record: dict[str, Any]) -> str:
    method = record.get("method")
    if method == "mfa":
        return "passkey"
    if method == "socialaccount":
        return f"oidc:{record.get('provider', '')}"
    return str(record.get("way") or method or "")


def _box() -> Fernet:
    return Fernet(rules.fernet_key(settings.SECRET_KEY))
