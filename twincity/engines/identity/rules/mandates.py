"""Who may act for whom: a mandate names a principal, an agent, acts and a term, and may be withdrawn at any moment.

Acts are dotted names, such as ``casework.apply`` or ``service.divisions``. A scope holds names of acts, or a name that
ends in ``.*`` for all below it, or ``*`` alone for everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from twincity.kernel.problems import INVALID, Problem, define

NO_MANDATE = define(
    "no-mandate",
    403,
    zh="没有代表 {principal} 办理 {act} 的有效授权",
    en="No mandate in force to do {act} for {principal}",
)
ACT = re.compile(r"\*|[a-z0-9][a-z0-9-]{0,39}(\.[a-z0-9][a-z0-9-]{0,39}){0,5}(\.\*)?")
MOST_ACTS = 40
"""Entries in one scope."""


class Mandate(msgspec.Struct, frozen=True):
    """One mandate as the rules see it; times are aware, ``until`` None is without end."""

    id: int
    principal: str
    """Identifier URI of the party that is acted for."""
    agent: str
    """Identifier URI of who may act: an account or a party."""
    scope: tuple[str, ...]
    since: datetime
    until: datetime | None = None
    revoked: datetime | None = None
    may_pass_on: bool = False
    parent: int | None = None
    """The mandate it was passed on from."""

    def in_force(self, now: datetime) -> bool:
        """Whether its term has begun, has not ended, and nobody has withdrawn it."""
        return self.since <= now and (self.until is None or now < self.until) and self.revoked is None

    def covers(self, act: str) -> bool:
        """Whether the scope holds this act."""
        return any(_covers(each, act) for each in self.scope)


def acts_for(
    mandates: Iterable[Mandate], agents: frozenset[str], principal: str, act: str, now: datetime
) -> Mandate | None:
    """The mandate under which one of ``agents`` (the identifiers of one account) may do ``act`` for ``principal``.

    A mandate that was passed on holds only while the one above it holds, is in force, and may be passed on; there is
    one level, so that a principal can see every agent from the mandates given by its own.
    """
    known = {each.id: each for each in mandates}
    fitting = (each for each in known.values() if each.agent in agents and each.principal == principal)
    return next((each for each in fitting if _holds(each, known, act, now)), None)


def clean_scope(acts: Iterable[str]) -> list[str]:
    """Acts sorted, each once.

    Raises:
        Problem: ``invalid`` when there is none, when there are more than 40, or when one is no dotted name.
    """
    found = sorted(set(acts))
    if not 0 < len(found) <= MOST_ACTS:
        raise Problem(INVALID, field="scope", name="scope", reason=f"{len(found)} acts, 1 to {MOST_ACTS} are possible")
    for each in found:
        if not ACT.fullmatch(each):
            raise Problem(INVALID, field="scope", name="scope", reason=repr(each[:80]))
    return found


def check_passed_on(above: Mandate, scope: Sequence[str], until: datetime | None, now: datetime) -> None:
    """Whether part of a mandate may be passed on: one level, no wider, no longer.

    Raises:
        Problem: ``no-mandate`` when it is not in force or may not be passed on, ``invalid`` when more is passed on.
    """
    if not above.in_force(now) or not above.may_pass_on or above.parent is not None:
        raise Problem(NO_MANDATE, field="parent", principal=above.principal, act="pass-on")
    wider = [each for each in scope if not above.covers(each)]
    if wider:
        raise Problem(INVALID, field="scope", name="scope", reason=f"wider than the mandate: {wider[0]}")
    if above.until is not None and (until is None or until > above.until):
        raise Problem(INVALID, field="until", name="until", reason="longer than the mandate")


def _holds(mandate: Mandate, known: dict[int, Mandate], act: str, now: datetime) -> bool:
    if not (mandate.in_force(now) and mandate.covers(act)):
        return False
    if mandate.parent is None:
        return True
    above = known.get(mandate.parent)
    return (
        above is not None
        and above.parent is None
        and above.may_pass_on
        and above.principal == mandate.principal
        and above.in_force(now)
        and above.covers(act)
    )


def _covers(entry: str, act: str) -> bool:
    if entry == "*":
        return True
    # A scope that is passed on may itself end in ".*": it must lie below the entry, dot included.
    return act == entry or (entry.endswith(".*") and act.startswith(entry[:-1]))
