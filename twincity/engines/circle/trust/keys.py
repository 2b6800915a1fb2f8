"""Keys as documents carry them: JSON Web Keys (RFC 7517, RFC 8037) to and from the kernel's public keys."""

from __future__ import annotations

from typing import Any

from twincity.kernel.keys import PublicKey, b64url, unb64url


def to_jwk(key: PublicKey) -> dict[str, Any]:
    """The JWK of a public key, with its ``kid``."""
    if key.suite == "ed25519":
        return {"kty": "OKP", "crv": "Ed25519", "x": b64url(key.raw), "kid": key.kid}
    return {"kty": "EC", "crv": "SM2", "x": b64url(key.raw[1:33]), "y": b64url(key.raw[33:]), "kid": key.kid}


def from_jwk(jwk: Any) -> PublicKey:
    """The public key of a JWK.

    Raises:
        ValueError: when it is malformed, of an unknown kind, or its ``kid`` is not the one derived from the key.
    """
    try:
        if (jwk["kty"], jwk["crv"]) == ("OKP", "Ed25519"):
            key = PublicKey("ed25519", unb64url(jwk["x"]))
        elif (jwk["kty"], jwk["crv"]) == ("EC", "SM2"):
            key = PublicKey("sm2", b"\x04" + unb64url(jwk["x"]) + unb64url(jwk["y"]))
        else:
            raise ValueError("unknown kind of key")
        named = jwk["kid"]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("malformed key") from error
    if len(key.raw) != {"ed25519": 32, "sm2": 65}[key.suite] or named != key.kid:
        raise ValueError("key and kid do not belong together")
    return key
