"""Reads: members to come from, visits, and the policy for visitors' roles."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from django.utils.translation import get_language

from twincity.apps.visitors import rules
from twincity.apps.visitors.models import Visit, VisitorRole
from twincity.engines.circle import facade as circle
from twincity.engines.identity import facade as identity
from twincity.kernel import clock
from twincity.kernel.problems import Problem

SHOWN = 20
"""Members offered at a time; others are found by searching."""


class HomeNode(msgspec.Struct, frozen=True):
    """A member whose accounts may sign in here."""

    id: str
    title: str
    address: str


def home_nodes(text: str) -> list[HomeNode]:
    """Other members in date whose id or title holds the text, anchors first, at most 20."""
    if not circle.is_open():
        return []
    wanted, mine = text.strip().casefold(), circle.member_id()
    members = sorted(circle.directory().members.values(), key=lambda each: (bool(each.issuer), each.id))
    fitting = (
        each
        for each in members
        if each.id != mine and wanted in f"{each.id} {each.node.title.zh} {each.node.title.en}".casefold()
    )
    found = (home_node(each.id) for each in fitting)
    return [node for node, _ in zip((each for each in found if each), range(SHOWN), strict=False)]


def home_node(member: str) -> HomeNode | None:
    """A member in date with its address, None for an unknown or expired one."""
    try:
        found = circle.directory().member(member, clock.unix())
    except Problem:
        return None
    return HomeNode(found.id, found.node.title.in_language(get_language() or ""), found.node.address)


def visits(account: str) -> list[Visit]:
    """Visits of an account that stand, newest first."""
    return list(Visit.objects.filter(account=account, redeemed__isnull=False, ended=None, created__gte=_oldest()))


def standing(visit: Visit | None) -> rules.Standing:
    """Whether a visit still stands: its account, its term, and nobody has ended it."""
    if visit is None or visit.ended is not None or visit.created < _oldest():
        return rules.Standing(active=False)
    account = identity.account(username=visit.account)
    if account is None or not account.active:
        return rules.Standing(active=False)
    return rules.Standing(active=True, roles=sorted(set(visit.roles_shown) & account.roles))


def policy() -> list[tuple[str, str, str]]:
    """Rows (member or ``*``, role at home, role here)."""
    return list(VisitorRole.objects.values_list("member", "role_there", "role_here"))


def _oldest() -> datetime:
    return clock.now() - timedelta(seconds=rules.VISIT_SECONDS)
