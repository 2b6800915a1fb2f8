"""Writes: each is one transaction, and each that changes what the edge knows moves :func:`version` on commit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import count
from uuid import uuid4

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction

from twincity.engines.identity import rules
from twincity.engines.identity.models import Account, LocalSystem, Party, PartyKind, RoleHeld
from twincity.kernel import clock
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem

_versions = count(1)
_version = 0


def version() -> int:
    """Grows with every committed change of the systems' table in this process; compare for equality only."""
    return _version


@transaction.atomic
def create_account(
    *, username: str, password: str, roles: Iterable[str] = (), title: str = "", party: str = ""
) -> Account:
    """A new account.

    Args:
        username: sign-in name; kept in lower case.
        password: judged by the node's password rules.
        roles: names of roles to hold.
        title: the person's name as shown.
        party: identifier of the party the account stands for.

    Raises:
        Problem: ``name-taken``, ``weak-password``, ``unknown-role``, ``invalid`` or ``not-found``.
    """
    held = rules.clean_roles(roles)
    account = Account(username=rules.clean_username(username), title=title, party=_party(party))
    _check_password(password, account)
    account.set_password(password)
    if Account.objects.filter(username=account.username).exists():
        raise Problem(rules.NAME_TAKEN, field="username", name=account.username)
    try:
        account.full_clean()
    except ValidationError as error:
        field = next(iter(error.message_dict))
        raise Problem(INVALID, field=field, name=field, reason=" ".join(error.messages)) from error
    account.save()
    hold(account, held)
    return account


@transaction.atomic
def create_citizen(*, username: str, password: str, title: str) -> Account:
    """An account of a natural person, without any role; its party is known by a random identifier, not by a number.

    Raises:
        Problem: as :func:`create_account`.
    """
    person = register_party(identifier=f"urn:uuid:{uuid4()}", kind=PartyKind.PERSON, title=title or username)
    return create_account(username=username, password=password, title=title, party=person.identifier)


@transaction.atomic
def set_roles(*, username: str, roles: Iterable[str]) -> Account:
    """Give an account exactly these roles.

    Raises:
        Problem: ``not-found`` or ``unknown-role``.
    """
    held = rules.clean_roles(roles)
    account = _account(username)
    account.held.exclude(role__in=held).delete()
    hold(account, held)
    return account


@transaction.atomic
def set_role_term(
    *, username: str, role: str, since: datetime | None = None, until: datetime | None = None, department: str = ""
) -> Account:
    """Bind a role that an account holds to a department and a term: an officer's mandate.

    Args:
        username: the account.
        role: a role it holds.
        since: beginning of the term, aware; None for now.
        until: its end, aware; None for none.
        department: identifier of the party it is held for, or empty.

    Raises:
        Problem: ``not-found`` for account, role or department, ``invalid`` for a term that ends before it begins.
    """
    begin = since or clock.now()
    if until is not None and until <= begin:
        raise Problem(INVALID, field="until", name="until", reason="the term ends before it begins")
    account = _account(username)
    values = {"since": begin, "until": until, "department": _party(department)}
    if not account.held.filter(role=role).update(**values):
        raise Problem(NOT_FOUND, field="role", what=role)
    account.__dict__.pop("roles", None)
    return account


@transaction.atomic
def set_password(*, username: str, password: str) -> None:
    """Replace a password; sessions of the account end, because their hash no longer fits.

    Raises:
        Problem: ``not-found`` or ``weak-password``.
    """
    account = _account(username)
    _check_password(password, account)
    account.set_password(password)
    account.save(update_fields=["password"])


@transaction.atomic
def register_party(*, identifier: str, kind: str, title: str) -> Party:
    """Make a party known, or correct its name.

    Raises:
        Problem: ``invalid`` for an identifier that is no absolute URI or an unknown kind.
    """
    if kind not in PartyKind.values:
        raise Problem(INVALID, field="kind", name="kind", reason=kind)
    values = {"kind": kind, "title": title}
    return Party.objects.update_or_create(identifier=rules.clean_identifier(identifier), defaults=values)[0]


@transaction.atomic
def issue_system_token(*, name: str, purposes: Iterable[str]) -> str:
    """Register a local system, or give a known one a new token and purposes; an old token stops at once.

    Returns:
        The token. It is not kept: only its SHA-256 is, so it can be shown this once.

    Raises:
        Problem: ``invalid`` for the name or a purpose.
    """
    try:
        validate_slug(name)
    except ValidationError as error:
        raise Problem(INVALID, field="name", name="name", reason=name[:60]) from error
    token = rules.new_token()
    values = {
        "token_sha256": rules.token_digest(token),
        "purposes": rules.clean_purposes(purposes),
        "active": True,
        "changed": clock.now(),
    }
    LocalSystem.objects.update_or_create(name=name, defaults=values)
    transaction.on_commit(_bump)
    return token


@transaction.atomic
def revoke_system(*, name: str) -> None:
    """Stop a system's token; the row stays, so that the log keeps its meaning.

    Raises:
        Problem: ``not-found``.
    """
    if not LocalSystem.objects.filter(name=name).update(active=False, changed=clock.now()):
        raise Problem(NOT_FOUND, field="name", what=name)
    transaction.on_commit(_bump)


def _bump() -> None:
    global _version  # noqa: PLW0603  the counter that the edge watches
    _version = next(_versions)


def hold(account: Account, roles: frozenset[rules.Role]) -> None:
    """Add roles without a term to those an account holds."""
    RoleHeld.objects.bulk_create(
        [RoleHeld(account=account, role=role) for role in sorted(roles)], ignore_conflicts=True
    )
    account.__dict__.pop("roles", None)


def _account(username: str) -> Account:
    try:
        return Account.objects.select_for_update().get(username=rules.clean_username(username))
    except Account.DoesNotExist as error:
        raise Problem(NOT_FOUND, field="username", what=username) from error


def _party(identifier: str) -> Party | None:
    if not identifier:
        return None
    try:
        return Party.objects.get(identifier=identifier)
    except Party.DoesNotExist as error:
        raise Problem(NOT_FOUND, field="party", what=identifier) from error


def _check_password(password: str, account: Account) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Problem(rules.WEAK_PASSWORD, field="password", reason=" ".join(error.messages)) from error
