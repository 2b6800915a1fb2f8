"""The message a signature is about, as far as a signature can see it (the "signature context" of RFC 9421)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from twincity.kernel.httpsig.errors import SignatureError

Fields: TypeAlias = Sequence[tuple[str, str]]
"""Field lines in the order of the message: name in any case, value as Latin-1 text (one character for each byte)."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request.

    Args:
        method: as sent; methods are case-sensitive.
        target_uri: absolute, percent-encoded, without user information and fragment.
        headers: header section.
        trailers: trailer section.
        request_target: as on the request line, where that is more or less than path and query of ``target_uri``:
            a proxy's absolute form, or ``*``.
    """

    method: str
    target_uri: str
    headers: Fields = ()
    trailers: Fields = ()
    request_target: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A response, with the request that it answers if components of that are to be covered too (``;req``)."""

    status: int
    headers: Fields = ()
    trailers: Fields = ()
    request: Request | None = None


Message: TypeAlias = Request | Response

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+://")


def received(method: str, request_target: str, headers: Fields, *, scheme: str = "https") -> Request:
    """The request that a server took off the wire, its target URI put together as RFC 9112 section 3.3 says.

    Args:
        method: from the request line.
        request_target: from the request line.
        headers: header section, with Host.
        scheme: of the connection, as configured or found out; nothing in an origin-form request tells it.

    Raises:
        SignatureError: "malformed" when the target is in none of the four forms or Host is not there exactly once.
    """
    if _ABSOLUTE.match(request_target):
        uri = request_target
    elif method == "CONNECT":
        uri = f"{scheme}://{request_target}"
    elif request_target == "*":
        uri = f"{scheme}://{_host(headers)}"
    elif request_target.startswith("/"):
        uri = f"{scheme}://{_host(headers)}{request_target}"
    else:
        raise SignatureError("malformed", "request target in no known form")
    return Request(method, uri, headers, (), request_target)


def _host(headers: Fields) -> str:
    hosts = [value.strip(" \t") for name, value in headers if name.lower() == "host"]
    if len(hosts) != 1:
        raise SignatureError("malformed", f"{len(hosts)} Host fields")
    return hosts[0]
