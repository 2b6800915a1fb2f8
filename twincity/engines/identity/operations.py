"""What an operator does with accounts."""

from __future__ import annotations

from datetime import datetime
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


class NewClient(msgspec.Struct, forbid_unknown_fields=True):
    """An own system that signs people in with accounts of this node."""

    name: str
    redirect_uris: list[str] = []
    scopes: list[str] = []
    public: bool = False
    remove: bool = False


class Link(msgspec.Struct, forbid_unknown_fields=True):
    """A subject of a provider of ``node.toml``, and the account it signs in as."""

    username: str
    provider: str
    subject: str


class Term(msgspec.Struct, forbid_unknown_fields=True):
    """A role of an account, with its department and term."""

    username: str
    role: str
    since: datetime | None = None
    until: datetime | None = None
    department: str = ""


class NewParty(msgspec.Struct, forbid_unknown_fields=True):
    """A person, organisation or system with its identifier URI."""

    identifier: str
    kind: str
    title: str


class NewMandate(msgspec.Struct, forbid_unknown_fields=True):
    """Who may act for whom; ``agent`` is a sign-in name or a party's identifier."""

    principal: str
    agent: str
    scope: list[str]
    until: datetime | None = None
    may_pass_on: bool = False
    evidence: str = ""


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    """Mandates of a principal, of an agent, or all."""

    principal: str = ""
    agent: str = ""


class Withdrawn(msgspec.Struct, forbid_unknown_fields=True):
    """A mandate by its number."""

    mandate: int


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


@operation("identity.client")
def client(given: NewClient) -> dict[str, Any]:
    """Register an own system as OpenID client of this node; its secret is shown once."""
    if given.remove:
        facade.remove_client(name=given.name)
        return {"name": given.name, "removed": True}
    name, secret = facade.register_client(
        name=given.name, redirect_uris=given.redirect_uris, scopes=given.scopes, public=given.public
    )
    return {"client_id": name, "client_secret": secret}


@operation("identity.link")
def link(given: Link) -> dict[str, Any]:
    """Let a subject of another OpenID provider sign in as an account of this node."""
    facade.link_account(username=given.username, provider=given.provider, subject=given.subject)
    return {"username": given.username, "provider": given.provider, "subject": given.subject}


@operation("identity.term")
def term(given: Term) -> dict[str, Any]:
    """Bind a role that an account holds to a department and a term."""
    found = facade.set_role_term(
        username=given.username, role=given.role, since=given.since, until=given.until, department=given.department
    )
    return {"username": found.username, "roles": sorted(found.roles)}


@operation("identity.party")
def party(given: NewParty) -> dict[str, Any]:
    """Make a party known, or correct its name."""
    return plain(facade.register_party(identifier=given.identifier, kind=given.kind, title=given.title))


@operation("identity.give-mandate")
def give_mandate(given: NewMandate) -> dict[str, Any]:
    """Let somebody act for a party."""
    return plain(facade.give_mandate(**msgspec.structs.asdict(given)))


@operation("identity.revoke-mandate")
def revoke_mandate(given: Withdrawn) -> dict[str, Any]:
    """Withdraw a mandate; it has no effect from this moment on."""
    return plain(facade.revoke_mandate(mandate=given.mandate))


@operation("identity.mandates")
def mandates(given: Chosen) -> list[dict[str, Any]]:
    """Mandates, withdrawn ones too, newest first."""
    return [plain(each) for each in facade.mandates(principal=given.principal, agent=given.agent)]


def plain(struct: msgspec.Struct) -> dict[str, Any]:
    """A struct as JSON values."""
    value: dict[str, Any] = msgspec.to_builtins(struct)
    return value
