"""Small helpers for raw ASGI functions: the doors of a node that answer without a framework."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from twincity.kernel import ids
from twincity.kernel.http.wire import Headers
from twincity.kernel.problems import (
    BAD_REQUEST,
    INTERNAL,
    MEDIA_TYPE,
    TIMEOUT,
    TOO_LARGE,
    UNAVAILABLE,
    UNKNOWN_PARAMETER,
    Problem,
    define,
)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

REPEATED = define("repeated", 400, zh="{name} 只能出现一次", en="{name} may be given only once")
MAX_PARAMETERS = 64
_log = logging.getLogger(__name__)


def header(scope: Scope, name: bytes) -> bytes | None:
    """The value of a header that may be given once; ``name`` in lower case.

    Raises:
        Problem: ``REPEATED``, when it is given more than once: two readers could choose different ones.
    """
    values = [value for key, value in scope["headers"] if key == name]
    if len(values) > 1:
        raise Problem(REPEATED, field=name.decode(), name=name.decode())
    return values[0] if values else None


def language(scope: Scope) -> str:
    """``en`` when the reader prefers it to Chinese (RFC 9110 section 12.5.4), else ``zh-Hans``."""
    weights = {"en": 0.0, "zh": 0.0}
    value = next((value for key, value in scope["headers"] if key == b"accept-language"), b"")
    for part in value.decode("latin-1").lower().split(","):
        tag, _, weight = part.partition(";")
        primary = tag.strip().partition("-")[0]
        if primary in weights:
            weights[primary] = max(weights[primary], _weight(weight))
    return "en" if weights["en"] > weights["zh"] else "zh-Hans"


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def query(scope: Scope, allowed: Collection[str]) -> dict[str, str]:
    """The query parameters, each decoded and given at most once.

    Raises:
        Problem: ``UNKNOWN_PARAMETER``, ``REPEATED``, or ``BAD_REQUEST`` for what is no form-encoded UTF-8.
    """
    raw = scope.get("query_string", b"")
    if not raw:
        return {}
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError as error:
        raise Problem(BAD_REQUEST, field="query", reason="the query string is malformed") from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed:
            raise Problem(UNKNOWN_PARAMETER, field=name, name=name)
        if name in found:
            raise Problem(REPEATED, field=name, name=name)
        found[name] = value
    return found


async def read_body(scope: Scope, receive: Receive, limit: int, timeout: float) -> bytes:  # noqa: ASYNC109  a rule
    """The whole request body.

    Args:
        scope: of the request.
        receive: of the request.
        limit: bytes that are accepted.
        timeout: seconds in which it must be complete.

    Raises:
        Problem: ``TOO_LARGE``, ``TIMEOUT``, or ``BAD_REQUEST`` when the peer went away.
    """
    framing = {name: value for name, value in scope["headers"] if name in {b"content-length", b"transfer-encoding"}}
    if not framing:  # RFC 9112 section 6.3: a request without either has no body
        return b""
    declared = framing.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > limit:
        raise Problem(TOO_LARGE, field="body", limit=limit)
    try:
        async with asyncio.timeout(timeout):
            return await _collect(receive, limit)
    except TimeoutError as error:
        raise Problem(TIMEOUT, field="body") from error


async def _collect(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(BAD_REQUEST, field="body", reason="the connection closed before the body was complete")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise Problem(TOO_LARGE, field="body", limit=limit)
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def send_response(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    """A whole response; its content-length is added."""
    fields = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def send_stream(receive: Receive, send: Send, headers: Headers, pieces: AsyncIterator[bytes]) -> bool:
    """A response of unknown length, begun with its first piece; whether the peer stayed to the end.

    Only receiving tells that the peer has gone, sending to nobody succeeds at once. And after each piece the others
    have their turn, however fast this peer takes it.
    """
    gone = asyncio.ensure_future(_gone(receive))
    begun = False
    try:
        async for piece in pieces:
            if not begun:
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                begun = True
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0)
            if gone.done():
                return False
        if not begun:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return True
    finally:
        gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_problem(send: Send, problem: Problem, language: str = "zh-Hans") -> None:
    """A problem as RFC 9457 has it, with Retry-After when it says when to come back."""
    await send_response(send, *problem_parts(problem, language))


def problem_parts(problem: Problem, language: str = "zh-Hans") -> tuple[int, Headers, bytes]:
    """Status, headers (without content-length) and body of a problem."""
    headers: Headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-language", language.encode()),
        (b"cache-control", b"no-store"),
    ]
    if problem.retry_after is not None and math.isfinite(problem.retry_after):
        # RFC 9110 section 10.2.3 knows whole seconds only.
        headers.append((b"retry-after", b"%d" % math.ceil(problem.retry_after)))
    return problem.kind.status, headers, problem.body(language)


def shield(app: App) -> App:
    """An app around ``app`` that answers its exceptions: problems as they are, others as ``INTERNAL`` with a number.

    The number is logged with the exception, and is all the peer learns of it. Only a server that stops cancels
    requests, so that cancellation is answered too, as ``UNAVAILABLE``.
    """

    async def shielded(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except (Exception, asyncio.CancelledError) as error:
            if scope["type"] != "http":
                raise
            problem = error if isinstance(error, Problem) else _incident(error)
            try:
                await send_problem(send, problem, language(scope))
            except RuntimeError:
                # The answer had begun; raising makes the server break the connection, which is all that can be said.
                raise error from None

    return shielded


def _incident(error: BaseException) -> Problem:
    if isinstance(error, asyncio.CancelledError):
        return Problem(UNAVAILABLE, retry_after=1, reason="the node is stopping")
    incident = ids.new_id()
    _log.error("incident %s", incident, exc_info=error)
    return Problem(INTERNAL, incident=incident)
