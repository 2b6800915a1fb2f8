"""Giving, withdrawing and using mandates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import transaction

from twincity.engines.identity import queries, rules
from twincity.engines.identity.models import Account, ActDone, Mandate, Party
from twincity.kernel import clock
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem

log = structlog.get_logger()


@transaction.atomic
def give_mandate(
    *,
    principal: str,
    agent: str,
    scope: Iterable[str],
    until: datetime | None = None,
    may_pass_on: bool = False,
    parent: int | None = None,
    given_by: Account | None = None,
    evidence: str = "",
) -> Mandate:
    """Let an agent act for a principal from now on.

    Args:
        principal: identifier of the party that is acted for.
        agent: sign-in name of an account, or identifier of a party.
        scope: acts, see :mod:`twincity.engines.identity.rules.mandates`.
        until: end of the term, aware; None for as long as it is not withdrawn.
        may_pass_on: whether the agent may let another act in its stead, one level down.
        parent: the mandate that is passed on; ``given_by`` must be its agent.
        given_by: the account that gives it: the principal's own, or the agent of ``parent``. None for an operator, who
            alone gives the first mandate of an organisation.
        evidence: where the will of the principal can be read, such as the number of a deed.

    Raises:
        Problem: ``not-found``, ``invalid`` or ``no-mandate``.
    """
    acts, now = rules.clean_scope(scope), clock.now()
    if until is not None and until <= now:
        raise Problem(INVALID, field="until", name="until", reason="lies in the past")
    identifier, title = _agent(agent)
    party = _party(principal)
    if parent is not None:
        _check_parent(parent, party, acts, until, given_by)
    elif given_by is not None and not queries.is_own(given_by, party):
        raise Problem(rules.NO_MANDATE, field="principal", principal=party.title, act="pass-on")
    return Mandate.objects.create(
        principal=party,
        agent=identifier,
        agent_title=title,
        scope=acts,
        since=now,
        until=until,
        may_pass_on=may_pass_on and parent is None,
        parent_id=parent,
        given_by=given_by,
        evidence=evidence,
    )


@transaction.atomic
def revoke_mandate(*, mandate: int, by: Account | None = None) -> Mandate:
    """Withdraw a mandate and with it all that was passed on from it; it has no effect from this moment on.

    Raises:
        Problem: ``not-found``, also for a mandate that is none of ``by``'s business.
    """
    found = Mandate.objects.select_for_update(of=("self",)).select_related("principal").filter(pk=mandate).first()
    if found is None or not (by is None or _may_revoke(found, by)):
        raise Problem(NOT_FOUND, field="mandate", what=f"mandate {mandate}")
    if found.revoked is None:
        found.revoked, found.revoked_by = clock.now(), by
        found.save(update_fields=["revoked", "revoked_by"])
    return found


@transaction.atomic
def act(*, account: Account, principal: str, act: str, reference: str = "") -> ActDone:
    """Note that an account does something for a principal, if it may: the one way to act for somebody else.

    Raises:
        Problem: ``no-mandate`` or ``not-found``.
    """
    party = _party(principal)
    own, mandate = queries.ground(account, party, act, clock.now())
    if not own and mandate is None:
        raise Problem(rules.NO_MANDATE, field="principal", principal=party.title, act=act)
    done = ActDone.objects.create(
        account=account,
        principal=party,
        mandate_id=mandate.id if mandate else None,
        act=act,
        reference=reference,
    )
    log.info("act", act=act, account=account.pk, principal=party.pk, mandate=done.mandate_id)
    return done


def _check_parent(parent: int, party: Party, acts: list[str], until: datetime | None, given_by: Account | None) -> None:
    above = Mandate.objects.select_related("principal").filter(pk=parent, principal=party).first()
    if above is None or given_by is None or above.agent not in queries.agents_of(given_by):
        raise Problem(NOT_FOUND, field="parent", what=f"mandate {parent}")
    rules.check_passed_on(queries.rule_form(above), acts, until, clock.now())


def _may_revoke(mandate: Mandate, account: Account) -> bool:
    giver = mandate.given_by_id == account.pk or queries.is_own(account, mandate.principal)
    return giver or mandate.agent == rules.account_uri(account.username)


def _agent(name: str) -> tuple[str, str]:
    account = Account.objects.filter(username=rules.clean_username(name)).first()
    if account is not None:
        return rules.account_uri(account.username), account.get_short_name()
    party = Party.objects.filter(identifier=name).first()
    if party is None:
        raise Problem(NOT_FOUND, field="agent", what=name)
    return party.identifier, party.title


def _party(identifier: str) -> Party:
    found = Party.objects.filter(identifier=identifier).first()
    if found is None:
        raise Problem(NOT_FOUND, field="principal", what=identifier)
    return found
