"""Header fields of tc1 messages as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from twincity.kernel.problems import BAD_REQUEST, Problem

Headers = dict[str, str]
SINGLE: Final = ("signature", "signature-input", "content-digest", "content-type")
IDENTIFIER_LIMIT: Final = 64


def as_text(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Fields by lower-case name.

    Raises:
        Problem: ``bad-request`` when a field that the signature rests on appears twice, since peers would disagree on
            which one counts.
    """
    pairs = [(name.decode("latin-1"), value.decode("latin-1").strip()) for name, value in raw]
    headers = dict(pairs)
    if len(headers) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen and (name in SINGLE or name.startswith("tc-")):
                raise Problem(BAD_REQUEST, field=name, reason=f"{name} is repeated")
            seen.add(name)
    return headers


def as_bytes(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Fields as a server or client sends them."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def identifier(headers: Headers, name: str) -> str:
    """A short identifier such as a message or case id.

    Raises:
        Problem: ``bad-request`` when it is too long or holds other than visible ASCII.
    """
    value = headers.get(name, "")
    if len(value) > IDENTIFIER_LIMIT or not (value.isascii() and value.isprintable()):
        raise Problem(BAD_REQUEST, field=name, reason=f"at most {IDENTIFIER_LIMIT} visible ASCII characters")
    return value
