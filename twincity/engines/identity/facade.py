"""The door through which other units ask who somebody is. Keyword-only, plain structs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from twincity.engines.identity import queries, rules, services
from twincity.engines.identity.models import PartyKind
from twincity.engines.identity.queries import AccountRecord, PartyRecord, SystemRecord
from twincity.engines.identity.rules import Role
from twincity.engines.identity.services import issue_system_token, revoke_system, set_password, version

__all__ = [
    "AccountRecord",
    "PartyRecord",
    "Role",
    "SystemRecord",
    "accounts",
    "citizen",
    "citizen_required",
    "create_account",
    "create_citizen",
    "has_role",
    "issue_system_token",
    "known",
    "party",
    "persons",
    "pseudonym",
    "register_party",
    "revoke_system",
    "role_required",
    "set_password",
    "set_roles",
    "systems",
    "version",
]

View = Callable[..., HttpResponseBase]


def accounts() -> list[AccountRecord]:
    """All accounts by sign-in name."""
    return queries.accounts()


def known(*, username: str) -> bool:
    """Whether an account of that name exists, in whatever spelling."""
    return rules.clean_username(username) in {each.username for each in queries.accounts()}


def systems() -> list[SystemRecord]:
    """The member's systems whose tokens are good now; read again when :func:`version` has changed."""
    return queries.systems()


def party(*, identifier: str) -> PartyRecord | None:
    """The party of that identifier, if this node knows it."""
    return queries.party(identifier)


def persons() -> list[PartyRecord]:
    """All natural persons this node knows, by identifier."""
    return queries.persons()


def create_account(
    *, username: str, password: str, roles: Iterable[str] = (), title: str = "", party: str = ""
) -> AccountRecord:
    """See :func:`twincity.engines.identity.services.create_account`."""
    made = services.create_account(username=username, password=password, roles=roles, title=title, party=party)
    return queries.account_record(made)


def create_citizen(*, username: str, password: str, title: str) -> AccountRecord:
    """A citizen's account: no role, and a natural person's party of its own."""
    return queries.account_record(services.create_citizen(username=username, password=password, title=title))


def citizen(*, account: Any) -> str:
    """Identifier of the natural person an account (a request's user, signed in or not) stands for, or empty."""
    party = getattr(account, "party", None) if getattr(account, "is_active", False) else None
    return str(party.identifier) if party is not None and party.kind == PartyKind.PERSON else ""


def citizen_required(view: View) -> View:
    """Decorator for pages of a person's own: sends visitors to sign in, refuses accounts that stand for no person."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not citizen(account=request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def set_roles(*, username: str, roles: Iterable[str]) -> AccountRecord:
    """Give an account exactly these roles."""
    return queries.account_record(services.set_roles(username=username, roles=roles))


def register_party(*, identifier: str, kind: str, title: str) -> PartyRecord:
    """Make a party known, or correct its name."""
    return queries.party_record(services.register_party(identifier=identifier, kind=kind, title=title))


def has_role(*, account: Any, role: str) -> bool:
    """Whether ``account`` (a request's user, signed in or not) holds the role and may sign in."""
    return bool(getattr(account, "is_active", False)) and role in getattr(account, "roles", ())


def role_required(*roles: str) -> Callable[[View], View]:
    """Decorator for pages: sends visitors to sign in, and refuses accounts that hold none of the roles."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not any(has_role(account=request.user, role=role) for role in roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def pseudonym(*, person_id: str, purpose: str) -> str:
    """The name a person goes by for one purpose, 43 characters; the node's secret ties it to the person."""
    return rules.pseudonym(settings.SECRET_KEY, person_id, purpose)
