"""The edge: one ASGI callable in front of everything.

Machine doors answer on the event loop; all else goes to Django as WSGI through a bridge of threads, because Django's
own ASGI handler costs several times as much and would meet the event loop. Health, metrics and the operator's door are
here.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Iterator
from typing import Any, cast

import orjson
from a2wsgi import WSGIMiddleware

from twincity.kernel import openapi, operations
from twincity.kernel.doors import App, Receive, Scope, Send, door, match
from twincity.kernel.home import Home
from twincity.kernel.http.asgi import header, read_body, send_response
from twincity.kernel.limits import AdaptiveLimit, Gate, Priority
from twincity.kernel.metrics import MEDIA_TYPE as METRICS_TYPE
from twincity.kernel.metrics import REGISTRY
from twincity.kernel.openapi import Described, describe
from twincity.kernel.problems import BAD_REQUEST, SIGN_IN, Problem
from twincity.node import health

THREADS = 4
"""Pages rendered at the same time; each thread keeps its own database connection."""
FORM_SECONDS = 15.0
"""In which the body of a request for a page must have come."""
OPERATION_LIMIT = 8 * 1024 * 1024
JSON = [(b"content-type", b"application/json")]
PROTOCOL = "tc1"
"""Version of the interfaces, see FEDERATION.md."""


class Edge:
    """ASGI application of a node."""

    def __init__(self, home: Home, pages: Any) -> None:
        self._home = home
        self._pages = cast("App", WSGIMiddleware(pages, workers=THREADS))
        self._operator = home.secret("operator").encode()
        rate = home.config.limits.anonymous_rate
        self._gate = Gate(AdaptiveLimit(start=64, minimum=32, target=0.25), rate=rate, burst=8 * rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        found = match(scope["path"])
        if found is None:
            await self._page(scope, receive, send)
            return
        entered, rest = found
        scope["twincity.rest"] = rest
        scope["twincity.operator"] = self._operator
        await entered.app(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over to Django, within the rate of one address and what the threads can take.

        A form is waited for here: in a thread, a few slow peers would keep everyone from all pages.
        """
        body = await read_body(scope, receive, self._home.config.limits.body, FORM_SECONDS)
        started = time.monotonic()
        client = scope["client"][0] if scope.get("client") else ""
        ticket = self._gate.enter(client, Priority.INTERACTIVE, None, started, "page")
        try:
            await self._pages(scope, _holding(body), send)
        finally:
            ticket.leave(time.monotonic())


def _holding(body: bytes) -> Receive:
    """What gives out a body that is already here."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


@door("/health", "Whether the node works: 200 and its parts, or 503 and which part does not")
async def health_door(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """For load balancers and people; says nothing a stranger may not know."""
    report = health.report()
    await send_response(send, 200 if report["ok"] else 503, JSON, orjson.dumps(report))


@door("/metrics", "OpenMetrics 1.0 text, for the operator's bearer token")
async def metrics_door(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Traffic per partner is not for everyone."""
    _require_operator(scope)
    await send_response(send, 200, [(b"content-type", METRICS_TYPE.encode())], REGISTRY.render())


@door("/operator/", "Operations of the command line on a running node: `POST /operator/NAME` with the operator's token")
async def operator_door(scope: Scope, receive: Receive, send: Send) -> None:
    """Run one operation in a thread."""
    _require_operator(scope)
    body = await read_body(scope, receive, OPERATION_LIMIT, 30.0)
    try:
        arguments = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise Problem(BAD_REQUEST, field="body", reason=str(error)) from error
    result = await asyncio.to_thread(operations.perform, scope["twincity.rest"], arguments)
    await send_response(send, 200, JSON, orjson.dumps(result, default=str))


def _require_operator(scope: Scope) -> None:
    given = (header(scope, b"authorization") or b"").partition(b" ")[2]
    if not hmac.compare_digest(given, scope["twincity.operator"]):
        raise Problem(SIGN_IN, field="authorization")


@door("/openapi.json", "This node's own interfaces in OpenAPI 3.1")
async def openapi_door(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Described anew each time: services come and go while the node is up."""
    made = await asyncio.to_thread(_description)
    await send_response(send, 200, JSON, orjson.dumps(made))


def _description() -> dict[str, Any]:
    return openapi.document("TwinCity 双城", PROTOCOL, openapi.described())


describe(
    Described("GET", "/health", "Whether the node works, part by part", result=dict[str, Any], tag="node"),
    Described("GET", "/openapi.json", "This description", result=dict[str, Any], tag="node"),
    Described(
        "GET", "/metrics", "OpenMetrics 1.0", result=str, result_type=METRICS_TYPE, security="operator", tag="node"
    ),
)


@openapi.source
def operations_described() -> Iterator[Described]:
    """Each operation of the command line as the operator's door takes it."""
    for each in operations.operations():
        yield Described(
            "POST", f"/operator/{each.name}", each.summary, body=each.parameters, security="operator", tag="operations"
        )
