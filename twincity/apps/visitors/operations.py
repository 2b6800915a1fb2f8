"""What an operator decides about visitors."""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.apps.visitors import queries, services
from twincity.kernel.operations import operation


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    """A role at home and what it is worth here; ``member`` is an id, or ``*`` for every member."""

    member: str
    there: str
    here: str
    remove: bool = False


@operation("visitors.role")
def role(given: Rule) -> list[dict[str, Any]]:
    """Let visitors with a role at home hold a role here, or withdraw that; all rules in force."""
    change = services.take_role if given.remove else services.give_role
    change(member=given.member, there=given.there, here=given.here)
    return [{"member": who, "there": there, "here": here} for who, there, here in queries.policy()]
