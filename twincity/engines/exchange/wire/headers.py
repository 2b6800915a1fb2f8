"""Header fields of tc1 messages as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, unquote

from twincity.kernel.problems import BAD_REQUEST, Problem

Headers = dict[str, str]
SINGLE: Final = ("signature", "signature-input", "content-digest", "content-type")
IDENTIFIER_LIMIT: Final = 64
_PLAIN: Final = "/:@!$&'()*+,;=~"


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


def check_path(path: str) -> str:
    """A path in the one spelling that grants are compared with.

    Otherwise ``/units/50%30231`` would pass a grant that denies ``/units/500231`` and still reach that unit.

    Raises:
        Problem: ``bad-request`` for needless or lower-case percent-encoding (RFC 3986 section 6.2.2) or empty segments.
    """
    if quote(unquote(path), safe=_PLAIN) != path or "//" in path or "%2F" in path:
        raise Problem(BAD_REQUEST, field="path", reason="the path is not in its canonical spelling")
    return path


def identifier(headers: Headers, name: str) -> str:
    """A short identifier such as a message or case id.

    Raises:
        Problem: ``bad-request`` when it is too long or holds other than visible ASCII.
    """
    value = headers.get(name, "")
    if len(value) > IDENTIFIER_LIMIT or not (value.isascii() and value.isprintable()):
        raise Problem(BAD_REQUEST, field=name, reason=f"at most {IDENTIFIER_LIMIT} visible ASCII characters")
    return value
