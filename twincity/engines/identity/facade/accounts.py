"""Accounts, roles, parties and systems, for other units."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from twincity.engines.identity import queries, rules, services
from twincity.engines.identity.models import PartyKind
from twincity.engines.identity.queries import AccountRecord, PartyRecord, SystemRecord

View = Callable[..., HttpResponseBase]


def accounts() -> list[AccountRecord]:
    """All accounts by sign-in name."""
    return queries.accounts()


def account(*, username: str) -> AccountRecord | None:
    """The account of that name, in whatever spelling."""
    return queries.account(username)


def known(*, username: str) -> bool:
    """Whether an account of that name exists, in whatever spelling."""
    return queries.account(username) is not None


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


def set_role_term(
    *, username: str, role: str, since: datetime | None = None, until: datetime | None = None, department: str = ""
) -> AccountRecord:
    """See :func:`twincity.engines.identity.services.accounts.set_role_term`."""
    return queries.account_record(
        services.set_role_term(username=username, role=role, since=since, until=until, department=department)
    )


def visitor(*, member: str, subject: str, title: str, roles: Iterable[str]) -> AccountRecord:
    """See :func:`twincity.engines.identity.services.visitors.visitor`."""
    return queries.account_record(services.visitor(member=member, subject=subject, title=title, roles=roles))


def register_party(*, identifier: str, kind: str, title: str) -> PartyRecord:
    """Make a party known, or correct its name."""
    return queries.party_record(services.register_party(identifier=identifier, kind=kind, title=title))


def has_role(*, account: Any, role: str) -> bool:
    """Whether ``account`` (a request's user, signed in or not) holds the role and may sign in."""
    return bool(getattr(account, "is_active", False)) and role in getattr(account, "roles", ())


def role_labels(*, roles: Iterable[str]) -> list[tuple[str, str]]:
    """Roles with what people call them in the page's language, as choices of a form."""
    return list(zip(sorted(roles), queries.role_labels(roles), strict=True))


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
