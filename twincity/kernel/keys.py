"""Keys and signature suites.

A suite turns bytes into a signature and back. ``ed25519`` (RFC 8032) is the default; ``sm2`` (GB/T 32918 with SM3,
GB/T 32905) is loaded only when a key of that suite is met, because it binds the system's OpenSSL.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from nacl import bindings as sodium
from nacl.exceptions import BadSignatureError


class Suite(Protocol):
    """A way of signing. Private and public keys and signatures are raw bytes in the suite's own fixed form."""

    name: str

    def generate(self) -> tuple[bytes, bytes]:
        """A fresh (private, public) pair."""
        ...

    def public(self, private: bytes) -> bytes:
        """The public key of a private one."""
        ...

    def sign(self, private: bytes, message: bytes) -> bytes:
        """Signature over ``message``."""
        ...

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` holds; never raises on malformed input."""
        ...


class Ed25519:
    """RFC 8032 through libsodium: 32-byte seed, 32-byte public key, 64-byte signature."""

    name = "ed25519"

    def generate(self) -> tuple[bytes, bytes]:
        public, secret = sodium.crypto_sign_keypair()
        return secret[:32], public

    def public(self, private: bytes) -> bytes:
        return sodium.crypto_sign_seed_keypair(private)[0]

    def sign(self, private: bytes, message: bytes) -> bytes:
        return sodium.crypto_sign(message, _expanded(private))[:64]

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        if len(signature) != 64 or len(public) != 32:
            return False
        try:
            sodium.crypto_sign_open(signature + message, public)
        except BadSignatureError:
            return False
        return True


_secrets: dict[bytes, bytes] = {}


def _expanded(seed: bytes) -> bytes:
    # libsodium wants seed‖public; deriving the public half anew would double the cost of each signature.
    found = _secrets.get(seed)
    if found is None:
        found = _secrets[seed] = sodium.crypto_sign_seed_keypair(seed)[1]
    return found


_LAZY = {"sm2": "twincity.kernel.sm2"}
_suites: dict[str, Suite] = {"ed25519": Ed25519()}


def suite(name: str) -> Suite:
    """The suite of that name.

    Raises:
        KeyError: for a name that this node does not know.
    """
    if name not in _suites and name in _LAZY:
        _suites[name] = importlib.import_module(_LAZY[name]).SUITE
    return _suites[name]


@dataclass(frozen=True)
class PublicKey:
    """A public key with its suite; ``kid`` names it everywhere."""

    suite: str
    raw: bytes

    @cached_property
    def kid(self) -> str:
        """First 128 bits of SHA-256 over suite and key, base64url: the same name wherever the key is met."""
        return b64url(hashlib.sha256(self.suite.encode() + b"\0" + self.raw).digest()[:16])

    @property
    def commitment(self) -> str:
        """SHA-256 of suite and key in full, hex: what an earlier statement promises about the next key."""
        return hashlib.sha256(self.suite.encode() + b"\0" + self.raw).hexdigest()

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` over ``message`` holds; an unknown suite never verifies."""
        try:
            found = suite(self.suite)
        except KeyError:
            return False
        return found.verify(self.raw, message, signature)


@dataclass(frozen=True, repr=False)
class PrivateKey:
    """A private key; never printed."""

    suite: str
    raw: bytes

    @classmethod
    def generate(cls, name: str = "ed25519") -> PrivateKey:
        return cls(name, suite(name).generate()[0])

    @cached_property
    def public(self) -> PublicKey:
        return PublicKey(self.suite, suite(self.suite).public(self.raw))

    def sign(self, message: bytes) -> bytes:
        return suite(self.suite).sign(self.raw, message)

    def __repr__(self) -> str:
        return f"PrivateKey({self.suite}, …)"


def b64url(raw: bytes) -> str:
    """Base64url without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """Bytes of base64url text.

    Raises:
        ValueError: when the text is not the one spelling :func:`b64url` gives.
    """
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64url(raw) != text:
        raise ValueError("not canonical base64url")
    return raw
