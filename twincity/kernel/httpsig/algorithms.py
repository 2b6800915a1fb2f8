"""The six registered signature algorithms (RFC 9421 section 3.3), through the cryptography package.

They are here to speak with others. A key carries its algorithm, so that no message can choose how it is verified.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from twincity.kernel.httpsig.errors import SignatureError

MIN_RSA_BITS = 2048


class Algorithm(NamedTuple):
    """How to sign with a private key and how to verify with a public one.

    ``sign(key, base)`` gives the signature; ``verify(key, base, signature)`` raises ``InvalidSignature``.
    """

    sign: Callable[[Any, bytes], bytes]
    verify: Callable[[Any, bytes, bytes], None]


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key bound to one algorithm.

    Args:
        algorithm: a name in :data:`ALGORITHMS`.
        material: private or public key object of the cryptography package; bytes for ``hmac-sha256``.
        keyid: the name it goes by, for whoever keeps it.
    """

    algorithm: str
    material: Any
    keyid: str = ""

    def sign(self, base: bytes) -> bytes:
        """Signature over a signature base.

        Raises:
            SignatureError: "wrong-algorithm" when the key is not a private key of its algorithm.
        """
        return _algorithm(self.algorithm).sign(self.material, base)

    def verify(self, base: bytes, signature: bytes) -> bool:
        """Whether the signature holds.

        Raises:
            SignatureError: "wrong-algorithm" when the key is not a public key of its algorithm.
        """
        try:
            _algorithm(self.algorithm).verify(self.material, base, signature)
        except InvalidSignature:
            return False
        return True


def _algorithm(name: str) -> Algorithm:
    if name not in ALGORITHMS:
        raise SignatureError("wrong-algorithm", f"{name!r} is not known")
    return ALGORITHMS[name]


def _unfit(name: str) -> NoReturn:
    raise SignatureError("wrong-algorithm", f"key does not fit {name}")


def _rsa(name: str, pad: padding.AsymmetricPadding, digest: hashes.HashAlgorithm) -> Algorithm:
    def sign(key: Any, base: bytes) -> bytes:
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < MIN_RSA_BITS:
            _unfit(name)
        return key.sign(base, pad, digest)

    def verify(key: Any, base: bytes, signature: bytes) -> None:
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < MIN_RSA_BITS:
            _unfit(name)
        key.verify(signature, base, pad, digest)

    return Algorithm(sign, verify)


def _ecdsa(name: str, curve: type[ec.EllipticCurve], digest: hashes.HashAlgorithm, size: int) -> Algorithm:
    """ECDSA with r and s side by side, each big-endian in ``size`` bytes (sections 3.3.4 and 3.3.5)."""

    def sign(key: Any, base: bytes) -> bytes:
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, curve):
            _unfit(name)
        r, s = decode_dss_signature(key.sign(base, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def verify(key: Any, base: bytes, signature: bytes) -> None:
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, curve):
            _unfit(name)
        if len(signature) != 2 * size:
            raise InvalidSignature
        halves = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        key.verify(encode_dss_signature(*halves), base, ec.ECDSA(digest))

    return Algorithm(sign, verify)


def _hmac_sign(key: Any, base: bytes) -> bytes:
    if not isinstance(key, bytes) or not key:
        _unfit("hmac-sha256")
    return hmac.digest(key, base, hashlib.sha256)


def _hmac_verify(key: Any, base: bytes, signature: bytes) -> None:
    if not hmac.compare_digest(_hmac_sign(key, base), signature):
        raise InvalidSignature


def _ed25519_sign(key: Any, base: bytes) -> bytes:
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        _unfit("ed25519")
    return key.sign(base)


def _ed25519_verify(key: Any, base: bytes, signature: bytes) -> None:
    if not isinstance(key, ed25519.Ed25519PublicKey):
        _unfit("ed25519")
    key.verify(signature, base)


_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)

ALGORITHMS: dict[str, Algorithm] = {
    "rsa-pss-sha512": _rsa("rsa-pss-sha512", _PSS, hashes.SHA512()),
    "rsa-v1_5-sha256": _rsa("rsa-v1_5-sha256", padding.PKCS1v15(), hashes.SHA256()),
    "hmac-sha256": Algorithm(_hmac_sign, _hmac_verify),
    "ecdsa-p256-sha256": _ecdsa("ecdsa-p256-sha256", ec.SECP256R1, hashes.SHA256(), 32),
    "ecdsa-p384-sha384": _ecdsa("ecdsa-p384-sha384", ec.SECP384R1, hashes.SHA384(), 48),
    "ed25519": Algorithm(_ed25519_sign, _ed25519_verify),
}
"""By name in the registry of HTTP signature algorithms."""
