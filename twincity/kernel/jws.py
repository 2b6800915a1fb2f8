"""JSON Web Signature (RFC 7515), as far as signed documents of the circle need it.

One signature: compact form. Several: general JSON form. The payload is signed as the bytes that travel, and never
written anew.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson

from twincity.kernel import canonical
from twincity.kernel.keys import PrivateKey, PublicKey, b64url, unb64url

ALGORITHMS = {"ed25519": "EdDSA", "sm2": "SM2-SM3"}
MAX_LENGTH = 60_000


class JWSError(ValueError):
    """The document is malformed, of another type, or its signature does not hold."""


def sign(payload: dict[str, Any], key: PrivateKey, *, typ: str) -> str:
    """Compact JWS over the canonical JSON of ``payload``; ``typ`` says what the document is (RFC 8725 section 3.11)."""
    return sign_encoded(canonical.encode(payload), key, typ=typ)


def sign_encoded(payload: bytes, key: PrivateKey, *, typ: str) -> str:
    """As :func:`sign`, over what :func:`canonical.encode` gave: for those who encode many and look at them first."""
    signed = f"{_header(key.public, typ)}.{b64url(payload)}"
    return f"{signed}.{b64url(key.sign(signed.encode()))}"


def sign_general(payload: dict[str, Any], keys: list[PrivateKey], *, typ: str) -> dict[str, Any]:
    """General JSON serialisation with one signature per key."""
    document = {"payload": b64url(canonical.encode(payload)), "signatures": []}
    for key in keys:
        document = add_signature(document, key, typ=typ)
    return document


def add_signature(document: dict[str, Any], key: PrivateKey, *, typ: str) -> dict[str, Any]:
    """The document with one more signature; an earlier one of the same key is replaced."""
    head = _header(key.public, typ)
    signature = {"protected": head, "signature": b64url(key.sign(f"{head}.{document['payload']}".encode()))}
    others = [entry for entry in document["signatures"] if entry["protected"] != head]
    return {**document, "signatures": [*others, signature]}


def verify(token: str, find: Callable[[str], PublicKey | None], *, typ: str) -> dict[str, Any]:
    """Payload of a compact JWS of type ``typ`` signed by a key that ``find(kid)`` knows.

    Raises:
        JWSError: in every other case.
    """
    if len(token) > MAX_LENGTH:
        raise JWSError("too long")
    try:
        head, body, signature = token.split(".")
    except ValueError as error:
        raise JWSError("not a compact JWS") from error
    _verify_one(head, body, signature, find, typ)
    return _json(body)


def verify_general(
    document: Any, find: Callable[[str], PublicKey | None], *, typ: str
) -> tuple[dict[str, Any], set[str]]:
    """Payload of a general JWS and the key ids whose signatures hold; unknown or bad signatures are left out.

    Raises:
        JWSError: when the document is malformed.
    """
    try:
        body, entries = document["payload"], document["signatures"]
        pairs = [(entry["protected"], entry["signature"]) for entry in entries[:64]]
        payload = _json(body)
    except (KeyError, TypeError) as error:
        raise JWSError("not a general JWS") from error
    good = set()
    for head, signature in pairs:
        try:
            good.add(_verify_one(head, body, signature, find, typ))
        except JWSError:
            continue
    return payload, good


def header(token: str) -> dict[str, Any]:
    """The protected header, unverified: to learn the type before choosing the key."""
    return _json(token.partition(".")[0])


def payload(token: str) -> dict[str, Any]:
    """The payload, unverified: to learn the issuer before choosing the key."""
    parts = token.split(".")
    if len(parts) != 3:
        raise JWSError("not a compact JWS")
    return _json(parts[1])


@lru_cache(64)
def _header(key: PublicKey, typ: str) -> str:
    return b64url(canonical.encode({"alg": ALGORITHMS[key.suite], "kid": key.kid, "typ": typ}))


def _verify_one(head: str, body: str, signature: str, find: Callable[[str], PublicKey | None], typ: str) -> str:
    fields = _json(head)
    if fields.get("typ") != typ or fields.keys() != {"alg", "kid", "typ"}:
        raise JWSError(f"not a {typ}")
    key = find(fields["kid"]) if isinstance(fields["kid"], str) else None
    if key is None or ALGORITHMS.get(key.suite) != fields["alg"] or key.kid != fields["kid"]:
        raise JWSError("signed by an unknown key")
    try:
        raw = unb64url(signature)
    except (ValueError, TypeError) as error:
        raise JWSError("signature is not base64url") from error
    if not key.verify(f"{head}.{body}".encode(), raw):
        raise JWSError("signature does not hold")
    return key.kid


def _json(part: str) -> dict[str, Any]:
    try:
        value = orjson.loads(unb64url(part))
    except (ValueError, TypeError) as error:
        raise JWSError("not base64url JSON") from error
    if not isinstance(value, dict):
        raise JWSError("not a JSON object")
    return value
