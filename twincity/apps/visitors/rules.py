"""The sign-in across nodes: what is asked, what is answered, and how long each is good for; pure.

The relying node sends the browser to the home node with a signed :class:`Asking`. The home node signs its account in,
asks for consent, and sends the browser back with a code. The relying node redeems the code over a signed call of its
own, so that nothing about the person ever stands in an address. The binding of code and asker is that of RFC 7636
(PKCE, S256); the answer names its issuer against mix-up (RFC 9207).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec

from twincity.kernel import jws
from twincity.kernel.keys import PrivateKey, PublicKey, b64url
from twincity.kernel.problems import define

SIGN_IN_REFUSED = define(
    "sign-in-refused", 403, zh="跨节点登录未成立: {reason}", en="The sign-in across nodes does not stand: {reason}"
)

TYP = "tc-sign-in+jwt"
SERVICE = "tc.sign-in"
PURPOSE = "protocol"
ASKED_SECONDS = 600
"""For which a signed request is taken, and a browser may stay at the home node."""
CODE_SECONDS = 60
"""For which a code can be redeemed: the way of one browser redirect (RFC 6749 section 4.1.2 allows 600)."""
CHECK_SECONDS = 3600
"""After which the relying node asks the home node whether the account still stands."""
GRACE_SECONDS = 3600
"""For which a session outlives that moment while the home node cannot be reached."""
VISIT_SECONDS = 8 * 3600
"""After which the home node no longer vouches for a visit."""

Token = Annotated[str, msgspec.Meta(min_length=43, max_length=43, pattern=r"^[A-Za-z0-9_-]+$")]
"""256 bits as base64url."""


class Asking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A relying node asks a home node to sign somebody in; the return address is the asker's in the directory."""

    iss: str
    aud: str
    iat: int
    exp: int
    state: Token
    challenge: Token
    """SHA-256 of the verifier."""


class Assertion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the home node vouches for, in the answer to a redeemed code."""

    sub: Token
    """The person's pseudonym for this relying node alone."""
    visit: Token
    """Handle by which the relying node asks later whether the account still stands."""
    second_factor: bool
    authenticated: int
    """Seconds since 1970."""
    name: Annotated[str, msgspec.Meta(max_length=150)] = ""
    roles: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=20)] = []


class Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a visit still stands at home, and the roles the account has there now, as far as it shows them."""

    active: bool
    roles: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=20)] = []


def secret() -> str:
    """A fresh secret of 256 bits."""
    return b64url(secrets.token_bytes(32))


def digest(text: str) -> str:
    """SHA-256 of an ASCII text, base64url."""
    return b64url(hashlib.sha256(text.encode()).digest())


def visit_of(code: str) -> str:
    """The handle of the visit that a code opens."""
    return digest("visit " + code)


def fits(verifier: str, challenge: str) -> bool:
    """Whether a verifier belongs to a challenge (RFC 7636 section 4.6)."""
    return hmac.compare_digest(digest(verifier), challenge)


def ask(key: PrivateKey, *, iss: str, aud: str, state: str, challenge: str, now: int) -> str:
    """A signed request, good for ten minutes."""
    payload = Asking(iss, aud, now, now + ASKED_SECONDS, state, challenge)
    return jws.sign(msgspec.to_builtins(payload), key, typ=TYP)


def read_asking(token: str, find: Callable[[str], PublicKey | None], *, aud: str, now: int, skew: int) -> Asking:
    """The request in a token.

    Args:
        token: compact JWS.
        find: the key of that kid that the claimed asker may sign with now.
        aud: this node; a request to another one is refused.
        now: seconds since 1970.
        skew: seconds by which clocks may differ.

    Raises:
        ValueError: saying which rule was broken.
    """
    payload = jws.verify(token, find, typ=TYP)
    try:
        found = msgspec.convert(payload, Asking)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
    if found.aud != aud:
        raise ValueError("made for another node")
    if not found.iat - skew <= now < found.exp + skew or found.exp - found.iat > ASKED_SECONDS:
        raise ValueError("out of time")
    return found


def with_query(address: str, path: str, **values: Any) -> str:
    """A page of another node with parameters."""
    return f"{address}{path}?{urlencode(values)}"


def local_roles(policy: Iterable[tuple[str, str, str]], member: str, roles: Iterable[str]) -> frozenset[str]:
    """Roles here of a visitor with these roles at home.

    ``policy`` holds (member or ``*``, role at home, role here); what it does not name gives nothing.
    """
    held = set(roles)
    return frozenset(here for who, there, here in policy if who in {member, "*"} and there in held)
