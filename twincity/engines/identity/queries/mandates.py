"""Reads over mandates."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db.models import Q, QuerySet

from twincity.engines.identity import rules
from twincity.engines.identity.models import Account, ActDone, Mandate, Party, PartyKind


class MandateRecord(msgspec.Struct, frozen=True):
    """A mandate as other units and pages may see it."""

    id: int
    principal: str
    principal_title: str
    agent: str
    agent_title: str
    scope: tuple[str, ...]
    since: datetime
    until: datetime | None
    may_pass_on: bool
    parent: int | None
    given_by: str
    evidence: str
    revoked: datetime | None


class ActRecord(msgspec.Struct, frozen=True):
    """An act done for a principal."""

    at: datetime
    agent: str
    agent_title: str
    principal: str
    principal_title: str
    act: str
    reference: str
    mandate: int | None


def agents_of(account: Account) -> frozenset[str]:
    """The identifiers under which mandates may name an account: its own, and that of the party it stands for."""
    own = {rules.account_uri(account.username)}
    return frozenset(own | ({account.party.identifier} if account.party else set()))


def rule_form(found: Mandate) -> rules.Mandate:
    """A row as the rules see it; ``principal`` must be loaded."""
    return rules.Mandate(
        id=found.pk,
        principal=found.principal.identifier,
        agent=found.agent,
        scope=tuple(found.scope),
        since=found.since,
        until=found.until,
        revoked=found.revoked,
        may_pass_on=found.may_pass_on,
        parent=found.parent_id,
    )


def held_by(account: Account) -> list[rules.Mandate]:
    """Mandates of an account and those they were passed on from, for the rules to judge."""
    rows = list(_loaded().filter(agent__in=agents_of(account)).select_related("parent__principal"))
    above = [row.parent for row in rows if row.parent is not None]
    return [rule_form(row) for row in {row.pk: row for row in (*rows, *above)}.values()]


def is_own(account: Account, principal: Party) -> bool:
    """Whether the account is the principal's own: true for persons only, since many stand for an organisation."""
    return principal.kind == PartyKind.PERSON and account.party_id == principal.pk


def ground(account: Account, principal: Party, act: str, now: datetime) -> tuple[bool, rules.Mandate | None]:
    """On what ground an account may do an act for a party: as the person itself, or under a mandate; or neither."""
    if is_own(account, principal):
        return True, None
    return False, rules.acts_for(held_by(account), agents_of(account), principal.identifier, act, now)


def principals(account: Account, now: datetime) -> list[Party]:
    """Parties the account may do anything for under a mandate in force, by name."""
    held = held_by(account)
    agents = agents_of(account)
    names = {
        each.principal
        for each in held
        if each.agent in agents and any(rules.acts_for(held, agents, each.principal, act, now) for act in each.scope)
    }
    return list(Party.objects.filter(identifier__in=names).order_by("title"))


def received(account: Account) -> list[MandateRecord]:
    """Mandates that name the account or its party as agent, newest first."""
    return [record(row) for row in _loaded().filter(agent__in=agents_of(account))]


def given(account: Account) -> list[MandateRecord]:
    """Mandates for the person the account is, and those the account itself has given, newest first."""
    return [record(row) for row in _loaded().filter(Q(given_by=account) | _own(account))]


def mandates(principal: str = "", agent: str = "") -> list[MandateRecord]:
    """Mandates of a principal, of an agent, or all, newest first."""
    wanted = Q()
    if principal:
        wanted &= Q(principal__identifier=principal)
    if agent:
        wanted &= Q(agent=agent)
    return [record(row) for row in _loaded().filter(wanted)]


def acts(account: Account, limit: int = 20) -> list[ActRecord]:
    """Latest acts that the account did, or that others did for the person it is."""
    rows = ActDone.objects.filter(Q(account=account) | _own(account)).select_related("account", "principal")[:limit]
    return [
        ActRecord(
            at=row.at,
            agent=rules.account_uri(row.account.username),
            agent_title=row.account.get_short_name(),
            principal=row.principal.identifier,
            principal_title=row.principal.title,
            act=row.act,
            reference=row.reference,
            mandate=row.mandate_id,
        )
        for row in rows
    ]


def record(row: Mandate) -> MandateRecord:
    """The struct of one row."""
    return MandateRecord(
        id=row.pk,
        principal=row.principal.identifier,
        principal_title=row.principal.title,
        agent=row.agent,
        agent_title=row.agent_title,
        scope=tuple(row.scope),
        since=row.since,
        until=row.until,
        may_pass_on=row.may_pass_on,
        parent=row.parent_id,
        given_by=row.given_by.username if row.given_by else "",
        evidence=row.evidence,
        revoked=row.revoked,
    )


def _own(account: Account) -> Q:
    return Q(principal=account.party_id, principal__kind=PartyKind.PERSON)


def _loaded() -> QuerySet[Mandate]:
    return Mandate.objects.select_related("principal", "given_by")
