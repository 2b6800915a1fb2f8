"""What an operator does with accounts."""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.engines.identity import facade
from twincity.kernel.operations import operation


class NewAccount(msgspec.Struct, forbid_unknown_fields=True):
    """A person who signs in."""

    username: str
    password: str
    roles: list[str] = []


class NewCitizen(msgspec.Struct, forbid_unknown_fields=True):
    """A person with an account of their own and no office."""

    username: str
    password: str
    title: str = ""


class NewSystem(msgspec.Struct, forbid_unknown_fields=True):
    """A local system and the purposes it may call for."""

    name: str
    purposes: list[str]


@operation("identity.account")
def account(given: NewAccount) -> dict[str, Any]:
    """Add a person who signs in, or change the password and roles of one who is there."""
    if facade.known(username=given.username):
        facade.set_password(username=given.username, password=given.password)
        found = facade.set_roles(username=given.username, roles=given.roles)
    else:
        found = facade.create_account(username=given.username, password=given.password, roles=given.roles)
    return {"username": found.username, "roles": list(found.roles)}


@operation("identity.citizen")
def citizen(given: NewCitizen) -> dict[str, Any]:
    """Add a citizen's account: it holds no role and sees only the person's own data."""
    made = facade.create_citizen(username=given.username, password=given.password, title=given.title)
    return {"username": made.username, "party": made.party}


@operation("identity.system")
def system(given: NewSystem) -> dict[str, Any]:
    """Give a local system a token; it is shown once and kept only as a digest."""
    return {"name": given.name, "token": facade.issue_system_token(name=given.name, purposes=given.purposes)}
