"""Signed documents of the directory, each one a compact JWS and one entry of an issuer's public log.

* member statement: entity statement in the shape of OpenID Federation 1.0 section 3, for 30 days;
* key statement: the member's own keys with their terms, signed by its root key, promising the next key by its hash;
* trust mark: OpenID Federation 1.0 section 7;
* revocation: names a key and the index of the member's exchange log from which on its signatures no longer count.
"""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.engines.circle.trust.errors import refuse
from twincity.engines.circle.trust.keys import from_jwk, to_jwk
from twincity.kernel import jws
from twincity.kernel.keys import PublicKey
from twincity.kernel.locale_text import LocalText

STATEMENT = "entity-statement+jwt"
KEYS = "tc-keys+jwt"
TRUST_MARK = "trust-mark+jwt"
REVOCATION = "tc-revocation+jwt"
STATEMENT_LIFE = 30 * 86400
KEY_LIFE = 90 * 86400
USES = ("tc1", "log", "witness")


class NodeMetadata(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an issuer vouches for about a member's node."""

    title: LocalText
    division: str
    address: str
    roles: tuple[str, ...] = ("consumer", "provider")
    admits: int = 0
    """How many levels of members this one may admit below itself; 0 for none."""

    @property
    def jurisdiction(self) -> str:
        """Province-level code."""
        return self.division[:2] + "0000"


class Statement(msgspec.Struct, frozen=True):
    """A member statement; times in seconds since 1970."""

    iss: str
    sub: str
    iat: int
    exp: int
    jwks: dict[str, list[dict[str, str]]]
    metadata: dict[str, NodeMetadata]

    @property
    def node(self) -> NodeMetadata:
        return self.metadata["twincity_node"]

    @property
    def root(self) -> PublicKey:
        """The member's root key."""
        return from_jwk(self.jwks["keys"][0])


class KeyTerm(msgspec.Struct, frozen=True):
    """One key of a member with its use and its term."""

    jwk: dict[str, str]
    use: str
    nbf: int
    exp: int

    @property
    def public(self) -> PublicKey:
        return from_jwk(self.jwk)


class KeyStatement(msgspec.Struct, frozen=True):
    """A member's keys; ``next`` is the commitment of the tc1 key that will follow."""

    iss: str
    iat: int
    seq: int
    keys: tuple[KeyTerm, ...]
    next: str


class TrustMark(msgspec.Struct, frozen=True):
    """A mark, such as a capability grade, that an issuer gives a member."""

    iss: str
    sub: str
    id: str
    iat: int
    exp: int


class Revocation(msgspec.Struct, frozen=True):
    """A key that no longer counts: refused at once, and in evidence from ``index`` of the log ``origin`` on."""

    iss: str
    sub: str
    kid: str
    origin: str
    index: int
    at: int
    reason: str


def statement_payload(
    *, issuer: str, subject: str, root: PublicKey, node: NodeMetadata, now: int, life: int = STATEMENT_LIFE
) -> dict[str, Any]:
    """Payload of a member statement."""
    return {
        "iss": issuer,
        "sub": subject,
        "iat": now,
        "exp": now + life,
        "jwks": {"keys": [to_jwk(root)]},
        "metadata": {"twincity_node": msgspec.to_builtins(node)},
    }


def term(key: PublicKey, use: str, now: int, life: int = KEY_LIFE) -> dict[str, Any]:
    """One entry of a key statement."""
    return {"jwk": to_jwk(key), "use": use, "nbf": now, "exp": now + life}


_TYPES: dict[str, type] = {STATEMENT: Statement, KEYS: KeyStatement, TRUST_MARK: TrustMark, REVOCATION: Revocation}
Document = Statement | KeyStatement | TrustMark | Revocation


def parse(token: str) -> tuple[str, Document]:
    """Type and content of a document, its signature not yet checked.

    Raises:
        Problem: ``statement-refused`` when it is not one of the four kinds or breaks its shape.
    """
    try:
        typ = str(jws.header(token).get("typ", ""))
        kind = _TYPES.get(typ)
        if kind is None:
            raise refuse(f"type {typ!r} is not a directory document")
        return typ, _checked(msgspec.convert(jws.payload(token), kind))
    except (jws.JWSError, msgspec.ValidationError, ValueError, KeyError, IndexError) as error:
        raise refuse(f"malformed: {error}") from error


def _checked(document: Document) -> Document:
    if isinstance(document, Statement):
        if document.exp <= document.iat or document.exp - document.iat > STATEMENT_LIFE:
            raise refuse("a statement lives at most 30 days", field="exp")
        _ = document.root, document.node
    elif isinstance(document, KeyStatement):
        for entry in document.keys:
            kid = entry.public.kid
            if entry.use not in USES or entry.exp <= entry.nbf:
                raise refuse(f"use and term of key {kid}", field="keys")
        if {entry.use for entry in document.keys} != set(USES):
            raise refuse("a key for each of tc1, log and witness is needed", field="keys")
    return document
