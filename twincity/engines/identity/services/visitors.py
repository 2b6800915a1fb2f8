"""Accounts that another node signs in, and what is remembered of each sign-in."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from twincity.engines.identity import rules
from twincity.engines.identity.models import Account, Party, PartyKind, SignIn
from twincity.engines.identity.services.accounts import hold

KEPT_SIGN_INS = 100
"""Sign-ins remembered of one account."""


@transaction.atomic
def visitor(*, member: str, subject: str, title: str, roles: Iterable[str]) -> Account:
    """The account of somebody whom another member's node has signed in, made at the first visit.

    It has no password, holds exactly the given roles, and stands for a party of its own.

    Args:
        member: id of the member that vouches for the visitor.
        subject: the visitor's pseudonym there, made for this node alone.
        title: name to show; empty when the visitor shows none.
        roles: what the policy of this node gives to the visitor.

    Raises:
        Problem: ``unknown-role``.
    """
    held = rules.clean_roles(roles)
    identifier = f"urn:twincity:visitor:{member}:{subject}"
    values = {"kind": PartyKind.PERSON, "title": title or subject[:8]}
    party = Party.objects.update_or_create(identifier=identifier, defaults=values)[0]
    account, made = Account.objects.get_or_create(
        username=rules.visitor_name(member, subject), defaults={"home": member, "party": party, "title": title}
    )
    if made:
        account.set_unusable_password()
    account.title = title
    account.save(update_fields=["title", "password"])
    account.held.exclude(role__in=held).delete()
    hold(account, held)
    return account


def note_sign_in(account: Account, *, way: str, second_factor: bool, address: str, failed: bool = False) -> None:
    """Remember a sign-in; of many only the newest are kept."""
    SignIn.objects.create(account=account, way=way, second_factor=second_factor, address=address, failed=failed)
    old = account.sign_ins.values_list("pk", flat=True)[KEPT_SIGN_INS:]
    SignIn.objects.filter(pk__in=list(old)).delete()
