"""The ``sm2`` signature suite: SM2 (GB/T 32918.2) with SM3 (GB/T 32905) and the default signer identity.

Private key: 32-byte scalar, big-endian, in [1, n - 2]. Public key: 65 bytes, 04 ‖ x ‖ y. Signature: 64 bytes, r ‖ s.
The curve is that of GB/T 32918.5; curve arithmetic is left to libcrypto, see :mod:`twincity.kernel.libcrypto`.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
from typing import NamedTuple

from twincity.kernel.libcrypto import KeyFormatError, Sm2Key, UnavailableError
from twincity.kernel.merkle import Digest

IDENTITY = b"1234567812345678"
"""The signer's identity when both sides agreed on none (GB/T 35276 section 10)."""

ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_CURVE = bytes.fromhex(
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"  # a
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"  # b
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"  # x of the generator
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"  # y of the generator
)
_ALGORITHM = bytes.fromhex("301306072A8648CE3D020106082A811CCF5501822D")  # id-ecPublicKey with the curve sm2p256v1
_PUBLIC = b"\x30\x59" + _ALGORITHM + b"\x03\x42\x00"
_PRIVATE = b"\x30\x41\x02\x01\x00" + _ALGORITHM + bytes.fromhex("042730250201010420")
_WIDTH = 32
_POINT = 65


def sm3(data: bytes = b"") -> Digest:
    """SM3 (GB/T 32905), called as the constructors of :mod:`hashlib` are.

    Raises:
        UnavailableError: when Python's OpenSSL has none.
    """
    # A copy of an empty one costs two thirds of looking the name up again.
    made = _empty_sm3().copy()
    made.update(data)
    return made


@functools.cache
def _empty_sm3() -> hashlib._Hash:
    try:
        return hashlib.new("sm3")
    except ValueError as error:
        raise UnavailableError("Python's hashlib has no SM3; it needs OpenSSL 3 with SM3") from error


def digest(public: bytes, message: bytes, identity: bytes = IDENTITY) -> bytes:
    """What SM2 signs: e = SM3(Z ‖ message), Z = SM3(bits of identity ‖ identity ‖ curve ‖ public point), 32 bytes."""
    return sm3(_z(public, identity) + message).digest()


def _z(public: bytes, identity: bytes) -> bytes:
    return sm3((len(identity) * 8).to_bytes(2) + identity + _CURVE + public[1:]).digest()


class _Key(NamedTuple):
    held: Sm2Key
    public: bytes


# Reading a key costs as much as an operation; the caches are bounded because public keys come from strangers.
@functools.lru_cache(maxsize=32)
def _private(raw: bytes) -> _Key:
    if len(raw) != _WIDTH or not 0 < int.from_bytes(raw) < ORDER - 1:
        raise KeyFormatError("an SM2 private key is a 32-byte scalar in [1, n - 2]")
    held = Sm2Key(_PRIVATE + raw, private=True)
    return _Key(held, held.public())


@functools.lru_cache(maxsize=256)
def _public(raw: bytes) -> Sm2Key:
    if len(raw) != _POINT or raw[0] != 4:
        raise KeyFormatError("an SM2 public key is 65 bytes, 04 ‖ x ‖ y")
    return Sm2Key(_PUBLIC + raw, private=False)


class Sm2:
    """SM2 as a suite of :mod:`twincity.kernel.keys`."""

    name = "sm2"

    def generate(self) -> tuple[bytes, bytes]:
        """A fresh (private, public) pair."""
        private = (1 + secrets.randbelow(ORDER - 2)).to_bytes(_WIDTH)
        return private, self.public(private)

    def public(self, private: bytes) -> bytes:
        """The public point of a private scalar.

        Raises:
            KeyFormatError: for a scalar of wrong length or range.
        """
        return _private(private).public

    def sign(self, private: bytes, message: bytes) -> bytes:
        """Signature r ‖ s, with a fresh nonce: two signatures over one message differ.

        Raises:
            KeyFormatError: for a scalar of wrong length or range.
        """
        key = _private(private)
        return _from_der(key.held.sign(digest(key.public, message)))

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature holds; False for whatever is malformed.

        Raises:
            UnavailableError: when this machine cannot tell, for want of a libcrypto with SM2.
        """
        return verify_digest(public, digest(public, message), signature)


def verify_digest(public: bytes, e: bytes, signature: bytes) -> bool:
    """Whether r ‖ s holds for a :func:`digest`; False for a key or signature that is malformed.

    Raises:
        UnavailableError: for want of a libcrypto with SM2.
    """
    if len(signature) != 2 * _WIDTH:
        return False
    try:
        key = _public(public)
    except KeyFormatError:
        return False
    return key.verify(e, _to_der(signature))


def _to_der(signature: bytes) -> bytes:
    body = b"".join(_der_integer(part) for part in (signature[:_WIDTH], signature[_WIDTH:]))
    return bytes((0x30, len(body))) + body


def _der_integer(raw: bytes) -> bytes:
    value = int.from_bytes(raw)
    shortest = value.to_bytes(value.bit_length() // 8 + 1)
    return bytes((0x02, len(shortest))) + shortest


def _from_der(der: bytes) -> bytes:
    # libcrypto wrote it, so the form is known: 30 len, 02 len r, 02 len s.
    middle = 4 + der[3]
    return b"".join(int.from_bytes(part).to_bytes(_WIDTH) for part in (der[4:middle], der[middle + 2 :]))


SUITE = Sm2()
