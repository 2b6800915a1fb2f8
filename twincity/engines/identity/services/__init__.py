"""Writes of identity; each is one transaction."""

from __future__ import annotations

from twincity.engines.identity.services.accounts import (
    create_account,
    create_citizen,
    issue_system_token,
    register_party,
    revoke_system,
    set_password,
    set_role_term,
    set_roles,
    version,
)
from twincity.engines.identity.services.clients import link_account, register_client, remove_client
from twincity.engines.identity.services.mandates import act, give_mandate, revoke_mandate
from twincity.engines.identity.services.visitors import note_sign_in, visitor

__all__ = [
    "act",
    "create_account",
    "create_citizen",
    "give_mandate",
    "issue_system_token",
    "link_account",
    "note_sign_in",
    "register_client",
    "register_party",
    "remove_client",
    "revoke_mandate",
    "revoke_system",
    "set_password",
    "set_role_term",
    "set_roles",
    "version",
    "visitor",
]
