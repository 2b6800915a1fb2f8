"""Reads over accounts, parties and systems, as plain structs."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.utils import timezone

from twincity.engines.identity import rules
from twincity.engines.identity.models import Account, LocalSystem, Party, PartyKind, RoleHeld, RoleName


class AccountRecord(msgspec.Struct, frozen=True):
    """An account as other units may see it."""

    id: int
    username: str
    title: str
    roles: frozenset[str]
    active: bool
    party: str
    """Identifier of the party it stands for, or empty."""
    home: str = ""
    """Member whose node signs it in, or empty for this one."""


class PartyRecord(msgspec.Struct, frozen=True):
    """A party as other units may see it."""

    identifier: str
    kind: str
    title: str


class SystemRecord(msgspec.Struct, frozen=True):
    """What the edge needs to know a local system by its token."""

    name: str
    token_sha256: bytes
    """SHA-256 of the token, 32 bytes."""
    purposes: frozenset[str]


def account_record(account: Account) -> AccountRecord:
    """The struct of one account."""
    return AccountRecord(
        id=account.pk,
        username=account.username,
        title=account.get_short_name(),
        roles=frozenset(account.roles),
        active=account.is_active,
        party=account.party.identifier if account.party else "",
        home=account.home,
    )


def party_record(party: Party) -> PartyRecord:
    """The struct of one party."""
    return PartyRecord(identifier=party.identifier, kind=party.kind, title=party.title)


def accounts() -> list[AccountRecord]:
    """All accounts by name."""
    return [account_record(found) for found in Account.objects.select_related("party").prefetch_related("held")]


def account(username: str) -> AccountRecord | None:
    """The account of that name, in whatever spelling."""
    found = Account.objects.select_related("party").filter(username=rules.clean_username(username)).first()
    return account_record(found) if found else None


def party(identifier: str) -> PartyRecord | None:
    """The party of that identifier."""
    found = Party.objects.filter(identifier=identifier).first()
    return party_record(found) if found else None


def persons() -> list[PartyRecord]:
    """All parties that are natural persons, by identifier."""
    return [party_record(found) for found in Party.objects.filter(kind=PartyKind.PERSON)]


def systems() -> list[SystemRecord]:
    """The systems whose token is good now, by name."""
    return [
        SystemRecord(name=found.name, token_sha256=bytes(found.token_sha256), purposes=frozenset(found.purposes))
        for found in LocalSystem.objects.filter(active=True)
    ]


def role_labels(roles: Iterable[str]) -> list[str]:
    """What people call these roles, in the page's language."""
    return [str(RoleName(role).label) for role in sorted(roles)]


def terms(account: Account) -> list[tuple[str, object]]:
    """Roles bound to a department or a term: label, and text with both."""
    held = account.held.select_related("department").exclude(department=None, until=None)
    return [(str(RoleName(each.role).label), _term(each)) for each in held]


def _term(held: RoleHeld) -> str:
    end = timezone.localtime(held.until).strftime("%Y-%m-%d %H:%M") if held.until else ""
    begin = timezone.localtime(held.since).strftime("%Y-%m-%d")
    return " · ".join(filter(None, [held.department.title if held.department else "", f"{begin} – {end}"]))
