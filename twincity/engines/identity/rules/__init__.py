"""What an identity may look like, how secrets are derived, and who may act for whom; no database, no settings."""

from __future__ import annotations

from twincity.engines.identity.rules.accounts import (
    BACK_ROOM,
    NAME_TAKEN,
    PURPOSE_LENGTH,
    TOKEN_PREFIX,
    UNKNOWN_ROLE,
    WEAK_PASSWORD,
    Role,
    account_uri,
    clean_identifier,
    clean_purposes,
    clean_roles,
    clean_username,
    derive,
    fernet_key,
    new_token,
    pseudonym,
    token_digest,
    visitor_name,
)
from twincity.engines.identity.rules.mandates import (
    NO_MANDATE,
    Mandate,
    acts_for,
    check_passed_on,
    clean_scope,
)

__all__ = [
    "BACK_ROOM",
    "NAME_TAKEN",
    "NO_MANDATE",
    "PURPOSE_LENGTH",
    "TOKEN_PREFIX",
    "UNKNOWN_ROLE",
    "WEAK_PASSWORD",
    "Mandate",
    "Role",
    "account_uri",
    "acts_for",
    "check_passed_on",
    "clean_identifier",
    "clean_purposes",
    "clean_roles",
    "clean_scope",
    "clean_username",
    "derive",
    "fernet_key",
    "new_token",
    "pseudonym",
    "token_digest",
    "visitor_name",
]
