"""Sessions, for units that bring a way to sign in or know when a session has to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest

from twincity.engines.identity.models import Account

SessionCheck = Callable[[HttpRequest], bool]
CIRCLE = "circle"
"""What allauth's records of a session call a sign-in by another node of the circle."""


class SignInWay(msgspec.Struct, frozen=True):
    """A way to sign in that the entrance offers beside its own."""

    route: str
    title: Any
    """Words of its button, translated when shown."""


class Authentication(msgspec.Struct, frozen=True):
    """How the account of a session has shown who it is."""

    at: int
    """Seconds since 1970."""
    second_factor: bool


_checks: dict[str, SessionCheck] = {}
_ways: dict[str, SignInWay] = {}


def session_check(check: SessionCheck) -> SessionCheck:
    """Register a function that is asked at each request of a signed-in account; False ends the session."""
    _checks[f"{check.__module__}.{check.__qualname__}"] = check
    return check


def offer_sign_in(route: str, title: Any) -> None:
    """Let the entrance show a button that leads to ``route``; the page there takes ``next``."""
    _ways[route] = SignInWay(route, title)


def sign_in_ways() -> list[SignInWay]:
    """Ways that units have brought."""
    return list(_ways.values())


def holds(request: HttpRequest) -> bool:
    """Whether no check wants to end this session."""
    return all(check(request) for check in _checks.values())


def sign_in(*, request: HttpRequest, username: str, way: str, second_factor: bool, **facts: Any) -> None:
    """Begin a session of an account that has shown elsewhere who it is.

    The session gets a new key, and nothing of an earlier account's session is left in it.

    Args:
        request: whose session it becomes.
        username: the account.
        way: how it has shown who it is, such as ``circle:cq.example``.
        second_factor: whether it gave one there.
        facts: what the session shall remember, as JSON values.
    """
    account = Account.objects.get_by_natural_key(username)
    logout(request)
    record_authentication(request, account, method=CIRCLE, way=way, second_factor=second_factor)
    request.session.update(facts)
    login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])


def authentication(*, request: HttpRequest) -> Authentication:
    """How and when the account of this session has shown who it is; the latest time counts."""
    # allauth's record of this session; it stays empty unless the user is named as well.
    records = get_authentication_records(request, request.user if isinstance(request.user, Account) else None)
    second = any(record.get("method") == "mfa" or record.get("second_factor") for record in records)
    return Authentication(int(max((record["at"] for record in records), default=0)), second)
