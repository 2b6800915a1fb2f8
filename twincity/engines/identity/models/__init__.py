"""Tables of identity: accounts and systems, mandates, sign-ins."""

from __future__ import annotations

from twincity.engines.identity.models.accounts import (
    Account,
    AccountManager,
    LocalSystem,
    Party,
    PartyKind,
    RoleHeld,
    RoleName,
    SecondFactor,
)
from twincity.engines.identity.models.history import SignIn
from twincity.engines.identity.models.mandates import ActDone, Mandate

__all__ = [
    "Account",
    "AccountManager",
    "ActDone",
    "LocalSystem",
    "Mandate",
    "Party",
    "PartyKind",
    "RoleHeld",
    "RoleName",
    "SecondFactor",
    "SignIn",
]
