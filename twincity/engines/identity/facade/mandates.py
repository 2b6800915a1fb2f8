"""Mandates, for units in which somebody acts for somebody else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from twincity.engines.identity import queries, services
from twincity.engines.identity.models import Account, Party
from twincity.engines.identity.queries import ActRecord, MandateRecord, PartyRecord
from twincity.kernel import clock
from twincity.kernel.problems import NOT_FOUND, Problem

ACTING_FOR = "acting_for"
"""Where the session keeps the identifier of the principal that was chosen."""


def give_mandate(
    *,
    principal: str,
    agent: str,
    scope: Iterable[str],
    until: datetime | None = None,
    may_pass_on: bool = False,
    parent: int | None = None,
    given_by: str = "",
    evidence: str = "",
) -> MandateRecord:
    """See :func:`twincity.engines.identity.services.mandates.give_mandate`; ``given_by`` is a sign-in name."""
    made = services.give_mandate(
        principal=principal,
        agent=agent,
        scope=scope,
        until=until,
        may_pass_on=may_pass_on,
        parent=parent,
        given_by=_account(given_by) if given_by else None,
        evidence=evidence,
    )
    return queries.record(made)


def revoke_mandate(*, mandate: int, by: str = "") -> MandateRecord:
    """See :func:`twincity.engines.identity.services.mandates.revoke_mandate`; ``by`` is a sign-in name."""
    return queries.record(services.revoke_mandate(mandate=mandate, by=_account(by) if by else None))


def mandates(*, principal: str = "", agent: str = "") -> list[MandateRecord]:
    """Mandates of a principal (identifier), of an agent (identifier), or all, newest first, withdrawn ones too."""
    return queries.mandates(principal, agent)


def may_act(*, account: Any, principal: str, act: str) -> bool:
    """Whether an account (a request's user) may do an act for a party now. Nothing is noted: see :func:`act`."""
    party = Party.objects.filter(identifier=principal).first()
    if party is None or not isinstance(account, Account) or not account.is_active:
        return False
    own, mandate = queries.ground(account, party, act, clock.now())
    return own or mandate is not None


def act(*, account: Any, principal: str, act: str, reference: str = "") -> ActRecord:
    """Note an act done for a party; refuses it without a mandate. Call it in the transaction of the act itself.

    Raises:
        Problem: ``no-mandate`` or ``not-found``.
    """
    services.act(account=account, principal=principal, act=act, reference=reference)
    return queries.acts(account, 1)[0]


def acting_for(*, request: HttpRequest) -> PartyRecord | None:
    """The party that the session acts for now, None for nobody else; a mandate that ended ends it at once."""
    wanted = request.session.get(ACTING_FOR)
    if not wanted or not isinstance(request.user, Account):
        return None
    found = next((each for each in queries.principals(request.user, clock.now()) if each.identifier == wanted), None)
    if found is None:
        del request.session[ACTING_FOR]
        return None
    return queries.party_record(found)


def act_for(*, request: HttpRequest, principal: str) -> None:
    """Choose the party that the session acts for, empty for nobody else.

    Raises:
        Problem: ``not-found`` when there is no mandate in force for it.
    """
    request.session.pop(ACTING_FOR, None)
    if not principal:
        return
    request.session[ACTING_FOR] = principal
    if acting_for(request=request) is None:
        raise Problem(NOT_FOUND, field="principal", what=principal)


def _account(username: str) -> Account:
    try:
        return Account.objects.get_by_natural_key(username)
    except Account.DoesNotExist as error:
        raise Problem(NOT_FOUND, field="username", what=username) from error
