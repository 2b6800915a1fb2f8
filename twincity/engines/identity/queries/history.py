"""Reads over sign-ins."""

from __future__ import annotations

from twincity.engines.identity.models import Account, SignIn


def sign_ins(account: Account, limit: int) -> list[SignIn]:
    """The latest sign-ins of an account, failed ones among them, newest first."""
    return list(SignIn.objects.filter(account=account)[:limit])
