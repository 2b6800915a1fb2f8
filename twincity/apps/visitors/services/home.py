"""The home node's side: read a request, give a code for an account that agrees, redeem it, and stand by the visit."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from django.db import transaction

from twincity.apps.visitors import queries, rules
from twincity.apps.visitors.models import Visit
from twincity.apps.visitors.rules import SIGN_IN_REFUSED, Asking, Assertion, Standing
from twincity.engines.circle import facade as circle
from twincity.engines.identity import facade as identity
from twincity.kernel import clock, jws
from twincity.kernel.keys import PublicKey
from twincity.kernel.problems import NOT_FOUND, UNAVAILABLE, Problem

SKEW = 30
"""Seconds by which clocks of two nodes may differ."""


class Consent(msgspec.Struct, frozen=True):
    """What an account agrees to show at the asking node."""

    account: str
    name: bool
    roles: list[str]
    second_factor: bool
    authenticated: int


def asked(token: str) -> tuple[Asking, queries.HomeNode]:
    """A request that a member of the circle has signed for this node, and that member as the directory has it.

    Raises:
        Problem: ``sign-in-refused``, or ``unavailable`` outside a circle.
    """
    if not circle.is_open():
        raise Problem(UNAVAILABLE, reason="this node has not joined a circle")
    now = clock.unix()
    try:
        claimed = str(jws.payload(token).get("iss", ""))

        def find(kid: str) -> PublicKey | None:
            record = circle.directory().signing_key(kid, now)
            return record.key if record.member == claimed else None

        found = rules.read_asking(token, find, aud=circle.member_id(), now=now, skew=SKEW)
    except ValueError as error:
        raise Problem(SIGN_IN_REFUSED, field="request", reason=str(error)) from error
    except Problem as problem:
        raise Problem(SIGN_IN_REFUSED, field="request", reason=problem.kind.code, rule=problem.kind.code) from problem
    asker = queries.home_node(found.iss)
    if asker is None:
        raise Problem(SIGN_IN_REFUSED, field="request", reason="unknown member")
    return found, asker


def consent(asking: Asking, given: Consent) -> str:
    """Keep what an account agrees to show, and give the code by which the asking node learns it."""
    account = identity.account(username=given.account)
    code = rules.secret()
    Visit.objects.create(
        account=given.account,
        member=asking.iss,
        code=rules.digest(code),
        handle=rules.digest(rules.visit_of(code)),
        challenge=asking.challenge,
        name_shown=given.name,
        roles_shown=sorted(set(given.roles) & account.roles) if account else [],
        second_factor=given.second_factor,
        authenticated=given.authenticated,
    )
    return code


def redeem(*, member: str, code: str, verifier: str) -> Assertion:
    """What the account behind a code shows to the member that asked for it; each code works once.

    A code that comes a second time, or from somebody else, ends the visit: one of the two has stolen it.

    Raises:
        Problem: ``sign-in-refused``.
    """
    with transaction.atomic():
        found = Visit.objects.select_for_update().filter(code=rules.digest(code)).first()
        if found is None:
            raise Problem(SIGN_IN_REFUSED, field="code", reason="unknown code")
        account = identity.account(username=found.account)
        reason = _objection(found, member, verifier) or ("" if account and account.active else "account closed")
        _settle(found, refused=bool(reason))
    if reason or account is None:  # outside, since what was settled has to stay
        raise Problem(SIGN_IN_REFUSED, field="code", reason=reason)
    return Assertion(
        sub=identity.pseudonym(person_id=f"account:{account.id}", purpose=f"tc.sign-in:{member}"),
        visit=rules.visit_of(code),
        second_factor=found.second_factor,
        authenticated=found.authenticated,
        name=account.title if found.name_shown else "",
        roles=queries.standing(found).roles,
    )


def check(*, member: str, visit: str) -> Standing:
    """Whether a visit at ``member`` still stands."""
    redeemed = Visit.objects.filter(handle=rules.digest(visit), member=member, redeemed__isnull=False)
    return queries.standing(redeemed.first())


def end(*, account: str, visit: int) -> None:
    """End a visit: the other node closes the session when it asks next, within an hour.

    Raises:
        Problem: ``not-found``.
    """
    if not Visit.objects.filter(pk=visit, account=account, ended=None).update(ended=clock.now()):
        raise Problem(NOT_FOUND, field="visit", what=f"visit {visit}")


def _settle(found: Visit, *, refused: bool) -> None:
    if refused:
        found.ended = found.ended or clock.now()
    else:
        found.redeemed = clock.now()
    found.save(update_fields=["redeemed", "ended"])


def _objection(found: Visit, member: str, verifier: str) -> str:
    if found.member != member:
        return "made for another node"
    if found.redeemed is not None or found.ended is not None:
        return "used before"
    if clock.now() - found.created > timedelta(seconds=rules.CODE_SECONDS):
        return "out of time"
    return "" if rules.fits(verifier, found.challenge) else "the verifier does not fit"
