"""How sign-in behaves here: nobody signs up by themselves, no mail is sent, second factors are sealed at rest."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest

from twincity.engines.identity import rules


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


def _box() -> Fernet:
    return Fernet(rules.fernet_key(settings.SECRET_KEY))
