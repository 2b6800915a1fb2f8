"""What the client writes: where to, and the head of a request (RFC 9112 sections 2 and 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import httptools

from twincity.kernel.http.errors import Malformed

Headers = list[tuple[bytes, bytes]]

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_METHOD = re.compile(r"[A-Z]{1,32}")
_VISIBLE = re.compile(r"[!-~]{1,8192}")
_CONTROLS = bytes({*range(0x20), 0x7F} - {0x09})
# Framing and routing are the client's own: a caller that could set these could say one thing and send another.
_OWN = frozenset(
    b"connection content-length expect host keep-alive proxy-connection te trailer transfer-encoding upgrade".split()
)
_PORTS = {b"http": 80, b"https": 443}


class Origin(NamedTuple):
    """To whom a connection leads."""

    tls: bool
    host: str
    port: int


class Target(NamedTuple):
    """A URL, taken apart for the wire: ``path`` holds the query too; a fragment is never sent."""

    origin: Origin
    authority: bytes
    path: bytes


@lru_cache(maxsize=4096)
def target(url: str) -> Target:
    """Take an absolute http or https URL apart.

    Raises:
        Malformed: for any other, for user information, and for characters that a URL cannot hold.
    """
    if not _VISIBLE.fullmatch(url):
        raise Malformed("the URL is empty, too long or holds characters that must be percent-encoded")
    try:
        parts = httptools.parse_url(url.encode())
    except httptools.HttpParserInvalidURLError as error:
        raise Malformed("the URL cannot be understood") from error
    standard = _PORTS.get((parts.schema or b"").lower())
    if standard is None or not parts.host or parts.userinfo is not None:
        raise Malformed("only http and https URLs without user information can be asked")
    port = parts.port or standard
    host = b"[" + parts.host + b"]" if b":" in parts.host else parts.host
    authority = host if port == standard else b"%s:%d" % (host, port)
    path = (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")
    return Target(Origin(standard == 443, parts.host.decode(), port), authority, path)


def head(method: str, where: Target, headers: Iterable[tuple[bytes, bytes]], framing: bytes) -> bytes:
    """The request line and all header fields, ``framing`` (whole lines) last.

    Raises:
        Malformed: for a method, field name or value that would change the meaning of the message, and for fields that
            the client sets itself.
    """
    lines = [_request_line(method), where.path, b" HTTP/1.1\r\nhost: ", where.authority, b"\r\n"]
    values = []
    for name, value in headers:
        lines += (_field(name), value, b"\r\n")
        values.append(value)
    joined = b"".join(values)
    if len(joined.translate(None, _CONTROLS)) != len(joined):
        raise Malformed("a header value holds control characters")
    lines += (framing, b"\r\n")
    return b"".join(lines)


@lru_cache(maxsize=64)
def _request_line(method: str) -> bytes:
    if not _METHOD.fullmatch(method) or method == "CONNECT":
        raise Malformed(f"{method!r} cannot be asked for")
    return method.encode() + b" "


@lru_cache(maxsize=1024)
def _field(name: bytes) -> bytes:
    if not _TOKEN.fullmatch(name):
        raise Malformed(f"{name!r} is no header name")
    if name.lower() in _OWN:
        raise Malformed(f"the client sets {name.decode()} itself")
    return name + b": "
