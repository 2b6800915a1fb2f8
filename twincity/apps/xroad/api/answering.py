"""Sending what X-Road expects, and the header fields of its messages."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable
from typing import Any

import orjson

from twincity.apps.xroad.api.errors import fault
from twincity.engines.exchange import facade as exchange
from twincity.kernel import ids
from twincity.kernel.doors import App, Receive, Scope, Send
from twincity.kernel.http.asgi import header, send_response
from twincity.kernel.http.wire import Headers
from twincity.kernel.problems import BAD_REQUEST, INTERNAL, Problem

JSON = "application/json;charset=utf-8"
LONGEST = 255


def faults(app: App) -> App:
    """A door whose problems are answered as X-Road's errors; ``detail`` is the number in the log."""

    @functools.wraps(app)
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Problem as problem:
            found = fault(problem, ids.new_id())
        except Exception:
            found = fault(Problem(INTERNAL, incident=(incident := ids.new_id())), incident)
            logging.getLogger(__name__).exception("incident %s", incident)
        else:
            return
        await send_response(send, found.status, found.headers(), found.body())

    return wrapped


def text_header(scope: Scope, name: str, usual: str = "") -> str:
    """A header field of at most 255 visible characters.

    Raises:
        Problem: ``bad-request`` or ``repeated``.
    """
    value = (header(scope, name.encode()) or usual.encode()).decode("latin-1")
    if len(value) > LONGEST or not (value.isascii() and value.isprintable()):
        raise Problem(BAD_REQUEST, field=name, reason=f"{name}: at most {LONGEST} visible ASCII characters")
    return value


def client_of(scope: Scope, name: str = "x-road-client") -> exchange.identifiers.Parts:
    """Who calls, by the header field that every message has.

    Raises:
        Problem: ``bad-request``, ``name-invalid``.
    """
    value = (header(scope, name.encode()) or b"").decode("latin-1")
    if not value:
        raise Problem(BAD_REQUEST, field=name, reason=f"the header {name} is missing")
    return exchange.identifiers.read(value, least=3, most=4)


async def send_json(send: Send, value: Any, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """A JSON answer."""
    await send_response(send, 200, [(b"content-type", JSON.encode()), *headers], orjson.dumps(value))


def fields(**given: str) -> Headers:
    """Header fields ``x-road-…`` for those that are not empty."""
    return [
        (f"x-road-{name.replace('_', '-')}".encode(), value.encode("latin-1")) for name, value in given.items() if value
    ]
