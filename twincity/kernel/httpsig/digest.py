"""Content-Digest and Repr-Digest (RFC 9530): make and verify, over the raw bytes as they go over the wire.

Never digest a document that was parsed and written anew: what was received is what was signed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, TypeAlias

from twincity.kernel.httpsig.errors import SignatureError
from twincity.kernel.httpsig.fields import FieldError, Item, parse_dictionary, serialize_dictionary

Buffer: TypeAlias = bytes | bytearray | memoryview

_HASHES: dict[str, Callable[..., Any]] = {"sha-512": hashlib.sha512, "sha-256": hashlib.sha256}
if "sm3" in hashlib.algorithms_available:  # GB/T 32905; a private name, the registry has none
    _HASHES["sm3"] = lambda raw: hashlib.new("sm3", raw)

ALGORITHMS = tuple(_HASHES)
"""Names of the algorithms that this machine computes, the preferred one first. The broken ones (RFC 9530 section 5:
md5, sha, the checksums) count as unknown."""


def make(body: Buffer, *algorithms: str) -> str:
    """Value of a Content-Digest or Repr-Digest field over ``body``; SHA-256 unless algorithms are named.

    Raises:
        SignatureError: "unknown-digest" for a name outside :data:`ALGORITHMS`.
    """
    return serialize_dictionary({name: Item(_digest(name, body)) for name in algorithms or ("sha-256",)})


def verify(field: str | bytes, body: Buffer) -> tuple[str, ...]:
    """Check every digest in the field whose algorithm is known, and say which those were.

    Args:
        field: field value, its lines joined by commas.
        body: bytes of the content (Content-Digest) or of the whole representation (Repr-Digest).

    Raises:
        SignatureError: "malformed", "unknown-digest" when there is none to check, "bad-digest" when one differs.
    """
    digests = _parse(field)
    known = tuple(name for name in digests if name in _HASHES)
    if not known:
        raise SignatureError("unknown-digest", f"none of {', '.join(digests)} is known")
    for name in known:
        if not hmac.compare_digest(_digest(name, body), digests[name]):
            raise SignatureError("bad-digest", f"{name} differs")
    return known


def wanted(field: str | bytes) -> str | None:
    """The known algorithm that a Want-Content-Digest or Want-Repr-Digest field likes best (section 4).

    Returns:
        Its name; None when every known one is absent or weighted 0, that is not acceptable.

    Raises:
        SignatureError: "malformed" unless the field is a dictionary of integers from 0 to 10.
    """
    weights: dict[str, int] = {}
    for name, member in _dictionary(field).items():
        weight = member.value if isinstance(member, Item) else None
        if type(weight) is not int or not 0 <= weight <= 10:
            raise SignatureError("malformed", f"{name}: a weight is an integer from 0 to 10")
        weights[name] = weight
    best = max(ALGORITHMS, key=lambda name: weights.get(name, 0))
    return best if weights.get(best, 0) else None


def _digest(name: str, body: Buffer) -> bytes:
    if name not in _HASHES:
        raise SignatureError("unknown-digest", f"{name!r} is not known")
    digest: bytes = _HASHES[name](body).digest()
    return digest


def _parse(field: str | bytes) -> dict[str, bytes]:
    digests: dict[str, bytes] = {}
    for name, member in _dictionary(field).items():
        if not isinstance(member, Item) or not isinstance(member.value, bytes):
            raise SignatureError("malformed", f"{name}: a digest is a byte sequence")
        digests[name] = member.value
    return digests


def _dictionary(field: str | bytes) -> dict[str, Any]:
    try:
        members = parse_dictionary(field, unique=True)
    except FieldError as error:
        raise SignatureError("malformed", f"digest field: {error}") from error
    if not members:
        raise SignatureError("malformed", "digest field is empty")
    return members
