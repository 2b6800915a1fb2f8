"""SM2 signing with a nonce fixed by the message, in plain integers: for vectors only, and slow.

A real signature takes a random nonce; this one is SHA-256 of private key and digest, so that the vectors never change.
GB/T 32918.2 section 6.1 over the curve of GB/T 32918.5.
"""

from __future__ import annotations

import hashlib

from twincity.kernel.keys import PrivateKey
from twincity.kernel.sm2 import ORDER, digest

_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
Point = tuple[int, int] | None


def sign(key: PrivateKey, message: bytes) -> bytes:
    """Signature r ‖ s over a message."""
    private = int.from_bytes(key.raw)
    hashed = digest(key.public.raw, message)
    nonce = int.from_bytes(hashlib.sha256(key.raw + hashed).digest()) % (ORDER - 1) + 1
    point = multiply(nonce, _G)
    r = (int.from_bytes(hashed) + (point[0] if point else 0)) % ORDER
    s = pow(1 + private, -1, ORDER) * (nonce - r * private) % ORDER
    return r.to_bytes(32) + s.to_bytes(32)


def multiply(factor: int, point: Point) -> Point:
    """``factor`` times a point, by doubling and adding."""
    found: Point = None
    while factor:
        if factor & 1:
            found = _add(found, point)
        point = _add(point, point)
        factor >>= 1
    return found


def public(key: PrivateKey) -> bytes:
    """Public key of a private one, computed without any library: 04 ‖ x ‖ y."""
    x, y = multiply(int.from_bytes(key.raw), _G) or (0, 0)
    return b"\4" + x.to_bytes(32) + y.to_bytes(32)


def _add(left: Point, right: Point) -> Point:
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2) = left, right
    if x1 == x2 and (y1 + y2) % _P == 0:
        return None
    slope = (3 * x1 * x1 + _A) * pow(2 * y1, -1, _P) if left == right else (y2 - y1) * pow(x2 - x1, -1, _P)
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P
