"""What a role at home is worth here."""

from __future__ import annotations

from django.db import transaction

from twincity.apps.visitors.models import VisitorRole
from twincity.engines.identity import facade as identity
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem


def give_role(*, member: str, there: str, here: str) -> None:
    """Let visitors of a member (``*`` for every one) who hold a role there hold a role here, from their next sign-in.

    Raises:
        Problem: ``invalid`` for a role that this node does not know.
    """
    if here not in set(identity.Role):
        raise Problem(INVALID, field="here", name="here", reason=here[:40])
    VisitorRole.objects.get_or_create(member=member, role_there=there, role_here=here)


@transaction.atomic
def take_role(*, member: str, there: str, here: str) -> None:
    """Withdraw that, also from visitors who are here now.

    Raises:
        Problem: ``not-found``.
    """
    gone, _ = VisitorRole.objects.filter(member=member, role_there=there, role_here=here).delete()
    if not gone:
        raise Problem(NOT_FOUND, field="there", what=f"{member}: {there} → {here}")
    for account in identity.accounts():
        if account.home and member in {"*", account.home} and here in account.roles:
            identity.set_roles(username=account.username, roles=account.roles - {here})
