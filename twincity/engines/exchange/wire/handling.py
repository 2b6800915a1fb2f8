"""From a permitted call to its result: parameters, handler, the grant's row filter and field mask, encoding."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
import structlog

from twincity.engines.exchange import rules
from twincity.engines.exchange.wire import registry
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel.problems import INTERNAL, MEDIA_TYPE, TOO_LARGE, Problem

JSON = "application/json"


@dataclass(slots=True)
class Answer:
    """A result ready to be signed; ``stream`` instead of ``body`` when it does not fit one."""

    status: int
    body: bytes
    media_type: str = JSON
    outcome: str = "ok"
    stream: AsyncIterator[bytes] | None = None


def refused(problem: Problem) -> Answer:
    """The answer that tells a caller why not."""
    return Answer(problem.kind.status, problem.body(), MEDIA_TYPE, problem.kind.code)


async def handle(
    runtime: Runtime,
    endpoint: registry.Endpoint,
    call: registry.Call,
    given: list[Any],
    own: Callable[[Any], Any] | None = None,
) -> Answer:
    """Run the handler; an error of its own becomes a problem with an incident number, its cause only in the log.

    ``own`` cuts a whole result down further before the grant does.
    """
    try:
        if endpoint.stream:
            return Answer(200, b"", endpoint.media_type, stream=endpoint.handler(call, *given))
        if endpoint.inline:
            result = endpoint.handler(call, *given)
        else:
            loop = asyncio.get_running_loop()
            result = await loop.run_in_executor(runtime.pool, endpoint.handler, call, *given)
        if asyncio.iscoroutine(result):
            result = await result
        return encode(own(result) if own else result, call.grant, runtime.body_limit)
    except Problem as problem:
        return refused(problem)
    except Exception:  # noqa: BLE001  whatever a handler raises must not reach the peer
        incident = os.urandom(6).hex()
        structlog.get_logger().exception("handler_failed", incident=incident, path=endpoint.path)
        return refused(Problem(INTERNAL, incident=incident))


def encode(result: Any, grant: rules.Grant, limit: int) -> Answer:
    """The result as JSON, cut down to what the grant lets through."""
    if isinstance(result, registry.Rows):
        result = {"rows": rules.shape_rows(grant, result.rows)}
    body = msgspec.json.encode(result) if isinstance(result, msgspec.Struct) else orjson.dumps(result)
    if len(body) > limit:
        return refused(Problem(TOO_LARGE, field="body", limit=limit))
    return Answer(200, body)
