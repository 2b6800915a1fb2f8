"""Keys that everybody knows. Their seeds are hashes of their names: never use them for anything but tests."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from twincity.engines.circle.trust.keys import to_jwk
from twincity.kernel.keys import PrivateKey
from twincity.kernel.sm2 import ORDER

WARNING = "TEST KEYS, known to everybody. Never put one into a node."
PREFIX = "twincity test key: "
NAMES = (
    *("cq.root", "cq.tc1", "cq.log", "cq.witness"),
    *("sc.root", "sc.tc1", "sc.log", "sc.witness"),
    *("dj.root", "dj.tc1", "dj.log", "dj.witness"),
    *("cq.tc1-next", "sc.tc1-next", "dj.tc1-next", "dj.tc1-third", "cq.root-new", "stranger"),
)
SM2_NAME = "sm2.tc1"


@cache
def key(name: str) -> PrivateKey:
    """The Ed25519 key of a name: its seed is SHA-256 of the prefix and the name."""
    return PrivateKey("ed25519", hashlib.sha256((PREFIX + name).encode()).digest())


@cache
def sm2_key(name: str = SM2_NAME) -> PrivateKey:
    """The SM2 key of a name: the same hash, brought into the range of scalars."""
    number = int.from_bytes(hashlib.sha256((PREFIX + name).encode()).digest())
    return PrivateKey("sm2", (number % (ORDER - 2) + 1).to_bytes(32))


def build() -> dict[str, Any]:
    """Contents of ``keys.json``."""
    keys = {name: key(name) for name in NAMES} | {SM2_NAME: sm2_key()}
    return {
        "warning": WARNING,
        "rule": f"ed25519 private key = SHA-256(UTF-8 of '{PREFIX}' + name); sm2: that number mod (n - 2), plus 1",
        "keys": {name: _shown(each) for name, each in keys.items()},
    }


def _shown(private: PrivateKey) -> dict[str, Any]:
    public = private.public
    return {
        "suite": private.suite,
        "private": private.raw.hex(),
        "public": public.raw.hex(),
        "kid": public.kid,
        "commitment": public.commitment,
        "jwk": to_jwk(public),
    }
