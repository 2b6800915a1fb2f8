"""Both sides of the sign-in across nodes, and the policy for visitors."""

from __future__ import annotations

from twincity.apps.visitors.services.home import Consent, asked, check, consent, end, redeem
from twincity.apps.visitors.services.policy import give_role, take_role
from twincity.apps.visitors.services.relying import begin, cancelled, finish, stands

__all__ = [
    "Consent",
    "asked",
    "begin",
    "cancelled",
    "check",
    "consent",
    "end",
    "finish",
    "give_role",
    "redeem",
    "stands",
    "take_role",
]
