"""What a signature can cover of a request's target (RFC 9421 sections 2.2.2 to 2.2.8)."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from twincity.kernel.httpsig.context import Request
from twincity.kernel.httpsig.errors import SignatureError

# RFC 3986 for scheme and authority. Path and query take any visible ASCII: a server sees what clients really send,
# braces and bars too, and for a signature it is enough that every character stays what it is.
_URI = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*+)://"
    r"(\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9._~!$&'()*+,;=%-]++)"
    r"(?::([0-9]*+))?"
    r"(/[!-\"$->@-~]*+)?"
    r"(?:\?([!-\"$-~]*+))?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Uri(NamedTuple):
    """Parts of an absolute URI as written; ``port`` and ``query`` are None when absent, ``path`` is then empty."""

    scheme: str
    host: str
    port: str | None
    path: str
    query: str | None

    @property
    def authority(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def query_suffix(self) -> str:
        return "" if self.query is None else "?" + self.query


def split(uri: str) -> Uri:
    """The parts of an absolute URI with a host.

    Raises:
        SignatureError: "malformed"; also for user information and fragments, which no target URI has (RFC 9110
            sections 4.2.4 and 7.1).
    """
    found = _URI.fullmatch(uri)
    if found is None:
        raise SignatureError("malformed", "target URI is not absolute, or has characters that no URI has")
    return Uri(found[1], found[2], found[3], found[4] or "", found[5])


def target_uri(request: Request) -> str:
    """The whole URI. An empty path becomes ``/``, except for OPTIONS, where it means the server (RFC 9110 4.2.3)."""
    uri = split(request.target_uri)
    path = uri.path if request.method == "OPTIONS" else uri.path or "/"
    return f"{uri.scheme}://{uri.authority}{path}{uri.query_suffix}"


def authority(request: Request) -> str:
    """Host in lower case, with the port unless it is the scheme's own."""
    uri = split(request.target_uri)
    host = uri.host.lower()
    if not uri.port or int(uri.port) == _DEFAULT_PORTS.get(uri.scheme.lower()):
        return host
    return f"{host}:{uri.port}"


def scheme(request: Request) -> str:
    """Scheme in lower case."""
    return split(request.target_uri).scheme.lower()


def request_target(request: Request) -> str:
    """As on the request line; where that is not known, authority form for CONNECT and else origin form."""
    if request.request_target is not None:
        return request.request_target
    uri = split(request.target_uri)
    return uri.authority if request.method == "CONNECT" else (uri.path or "/") + uri.query_suffix


def path(request: Request) -> str:
    """Path, percent-encoding untouched; ``/`` when empty."""
    return split(request.target_uri).path or "/"


def query(request: Request) -> str:
    """Query with its question mark, which stands alone when there is no query."""
    return "?" + (split(request.target_uri).query or "")


def form(request: Request) -> dict[str, list[str]]:
    """The query read as HTML form data: encoded name to its encoded values, in order."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(split(request.target_uri).query or "", keep_blank_values=True):
        found.setdefault(_encode(name), []).append(_encode(value))
    return found


def _encode(text: str) -> str:
    # The set that HTML's form encoding escapes, with %20 for a space (examples in section 2.2.8).
    return quote(text, safe="*").replace("~", "%7E")
