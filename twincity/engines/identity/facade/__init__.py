"""The door through which other units ask who somebody is and for whom they act. Keyword-only, plain structs."""

from __future__ import annotations

from twincity.engines.identity.facade.accounts import (
    account,
    accounts,
    create_account,
    has_role,
    known,
    party,
    pseudonym,
    register_party,
    role_labels,
    role_required,
    set_role_term,
    set_roles,
    systems,
    visitor,
)
from twincity.engines.identity.facade.mandates import (
    act,
    act_for,
    acting_for,
    give_mandate,
    mandates,
    may_act,
    revoke_mandate,
)
from twincity.engines.identity.facade.sessions import (
    Authentication,
    SignInWay,
    authentication,
    holds,
    offer_sign_in,
    session_check,
    sign_in,
    sign_in_ways,
)
from twincity.engines.identity.queries import AccountRecord, ActRecord, MandateRecord, PartyRecord, SystemRecord
from twincity.engines.identity.rules import Role
from twincity.engines.identity.services import issue_system_token, revoke_system, set_password, version

__all__ = [
    "AccountRecord",
    "ActRecord",
    "Authentication",
    "MandateRecord",
    "PartyRecord",
    "Role",
    "SignInWay",
    "SystemRecord",
    "account",
    "accounts",
    "act",
    "act_for",
    "acting_for",
    "authentication",
    "create_account",
    "give_mandate",
    "has_role",
    "holds",
    "issue_system_token",
    "known",
    "mandates",
    "may_act",
    "offer_sign_in",
    "party",
    "pseudonym",
    "register_party",
    "revoke_mandate",
    "revoke_system",
    "role_labels",
    "role_required",
    "session_check",
    "set_password",
    "set_role_term",
    "set_roles",
    "sign_in",
    "sign_in_ways",
    "systems",
    "version",
    "visitor",
]
