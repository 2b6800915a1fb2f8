"""What an account, a token and a pseudonym may look like, and how secrets are derived."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from urllib.parse import quote, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from twincity.kernel.keys import b64url, unb64url
from twincity.kernel.problems import INVALID, Problem, define

UNKNOWN_ROLE = define("unknown-role", 422, zh="没有角色 {role}", en="There is no role {role}")
NAME_TAKEN = define("name-taken", 409, zh="名称 {name} 已被使用", en="The name {name} is taken")
WEAK_PASSWORD = define("weak-password", 422, zh="密码不合要求: {reason}", en="The password will not do: {reason}")

TOKEN_PREFIX = "tcs_"  # noqa: S105  lets a leaked token be recognised for what it is
PURPOSE_LENGTH = 80


class Role(StrEnum):
    """What an account may do on this node."""

    STEWARD = "steward"
    OFFICIAL = "official"
    OPERATOR = "operator"
    AUDITOR = "auditor"


BACK_ROOM = frozenset({Role.OPERATOR, Role.AUDITOR})
"""Roles that the back room opens to: operators change, auditors only look."""


def clean_roles(names: Iterable[str]) -> frozenset[Role]:
    """The roles of those names.

    Raises:
        Problem: ``unknown-role``, naming one that does not exist.
    """
    asked = set(names)
    unknown = asked - set(Role)
    if unknown:
        raise Problem(UNKNOWN_ROLE, field="roles", role=min(unknown))
    return frozenset(Role(name) for name in asked)


def clean_username(name: str) -> str:
    """The one spelling under which a sign-in name is kept: NFKC, case folded, no space around it."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded).strip()  # folding may leave what NFKC composes


def account_uri(username: str) -> str:
    """The identifier of an account where parties are named by URI, such as the agent of a mandate."""
    return "urn:twincity:account:" + quote(username, safe="@")


def visitor_name(member: str, subject: str) -> str:
    """The sign-in name of a visitor's account: the same for the same subject of the same member, and no other.

    Names are kept case folded while subjects are base64url, so the name holds a digest of the subject.
    """
    return f"v-{hashlib.sha256(subject.encode()).hexdigest()[:40]}@{member}"


def clean_purposes(purposes: Iterable[str]) -> list[str]:
    """Purposes sorted, each once.

    Raises:
        Problem: ``invalid`` when there is none, or one holds blanks or is longer than 80 characters.
    """
    found = sorted(set(purposes))
    if not found:
        raise Problem(INVALID, field="purposes", name="purposes", reason="empty")
    for purpose in found:
        if not purpose or len(purpose) > PURPOSE_LENGTH or not purpose.isprintable() or " " in purpose:
            raise Problem(INVALID, field="purposes", name="purposes", reason=repr(purpose[:PURPOSE_LENGTH]))
    return found


def clean_identifier(uri: str) -> str:
    """An absolute URI (RFC 3986 section 4.3).

    Raises:
        Problem: ``invalid`` when scheme or the rest is missing, or the text holds blanks.
    """
    parts = urlsplit(uri)
    if not parts.scheme or not (parts.netloc or parts.path) or not uri.isprintable() or " " in uri:
        raise Problem(INVALID, field="identifier", name="identifier", reason=uri[:200])
    return uri


def new_token() -> str:
    """A fresh secret for a local system: 256 random bits behind a recognisable prefix."""
    return TOKEN_PREFIX + b64url(secrets.token_bytes(32))


def token_digest(token: str) -> bytes:
    """SHA-256 of a token, 32 bytes. A plain hash is enough, because the token itself is 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def derive(secret: str, info: str) -> bytes:
    """A 32-byte key for one use from the node's secret (HKDF-SHA-256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode()).derive(secret.encode())


def pseudonym(secret: str, person_id: str, purpose: str) -> str:
    """The name a person goes by for one purpose: HMAC-SHA-256 under that purpose's own key, base64url, 43 characters.

    The same person keeps the same name within a purpose, and nobody without the node's secret can tell which names of
    two purposes belong together.
    """
    return b64url(hmac.digest(derive(secret, "pseudonym\0" + purpose), person_id.encode(), "sha256"))


def fernet_key(secret: str) -> bytes:
    """Key under which second factors are sealed at rest, in the form Fernet wants."""
    return base64.urlsafe_b64encode(derive(secret, "second-factor"))


def pairwise_subject(secret: str, account_id: int, client: str) -> str:
    """The subject of an account for one OpenID client (OpenID Connect Core 1.0 section 8.1), 32 characters.

    Deterministic encryption (AES-SIV, RFC 5297) under a key of the node, bound to the client: the node can find the
    account again without a table, and no two clients can tell that they know the same person.
    """
    return b64url(_siv(secret).encrypt(account_id.to_bytes(8), [client.encode()]))


def account_of_subject(secret: str, subject: str, client: str) -> int | None:
    """The account of a subject; None for one that was not made for this client here."""
    try:
        return int.from_bytes(_siv(secret).decrypt(unb64url(subject), [client.encode()]))
    except (ValueError, InvalidTag):
        return None


def mapped_roles(mapping: Mapping[str, str], value: object) -> frozenset[Role]:
    """Roles here for a provider's claim, a text or a list of texts; what the mapping does not name gives nothing."""
    values = value if isinstance(value, list) else [value]
    return clean_roles(mapping[each] for each in values if isinstance(each, str) and each in mapping)


def _siv(secret: str) -> AESSIV:
    return AESSIV(derive(secret, "oidc-subject 1") + derive(secret, "oidc-subject 2"))
