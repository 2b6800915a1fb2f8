"""Who may see the exchange's pages and panel, and who signs in the member's name."""

from __future__ import annotations

from typing import Any

from twincity.engines.identity.facade import has_role

SEE = ("official", "steward", "auditor", "operator")
"""Roles that may look: who calls whom for what is nobody's business outside the office."""
SIGN = ("steward",)
"""Roles that may ask for data and decide on requests."""


def may_see(account: Any) -> bool:
    """Whether an account holds one of the roles that look."""
    return any(has_role(account=account, role=role) for role in SEE)


def may_sign(account: Any) -> bool:
    """Whether an account holds one of the roles that sign."""
    return any(has_role(account=account, role=role) for role in SIGN)
