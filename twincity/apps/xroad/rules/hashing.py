"""The hash that binds an answer to its request (PR-REST section 4.4, x-road-request-hash)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable


def request_hash(method: str, target: str, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> str:
    """Base64 of SHA-512 over the request as this node read it: request line and fields, and the body if there is one.

    With a body it is SHA-512 of the two SHA-512 digests one behind the other.
    """
    lines = [f"{method} {target}\r\n".encode(), *(name + b":" + value + b"\r\n" for name, value in headers)]
    digest = hashlib.sha512(b"".join(lines)).digest()
    if body:
        digest = hashlib.sha512(digest + hashlib.sha512(body).digest()).digest()
    return base64.b64encode(digest).decode()
