"""Machine doors of the ledger: logs as static files (c2sp.org/tlog-tiles), and the witness (c2sp.org/tlog-witness)."""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from twincity.engines.ledger.log.witness_wire import MAX_REQUEST
from twincity.engines.ledger.services import NAMES, ledger
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.http.asgi import query, read_body, send_response
from twincity.kernel.openapi import Described, describe
from twincity.kernel.problems import INVALID, METHOD_NOT_ALLOWED, NOT_FOUND, Problem

_TILE = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/(x\d{3}/){0,6}\d{3}"
    r"(\.p/([1-9]\d?|1\d\d|2[0-4]\d|25[0-5]))?"
)
LONGEST_WAIT = 25


@door("/log/", "Checkpoint and tiles of the logs `public` and `exchange`; `checkpoint?wait=&seen=` is a long poll")
async def logs(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """``/log/NAME/checkpoint`` or ``/log/NAME/tile/…``."""
    if scope["method"] not in {"GET", "HEAD"}:
        raise Problem(METHOD_NOT_ALLOWED, field="method", method=scope["method"])
    name, _, path = scope["twincity.rest"].partition("/")
    if name not in NAMES:
        raise Problem(NOT_FOUND, field="path", what=f"log {name}")
    if path == "checkpoint":
        await _checkpoint(scope, send, name)
    elif _TILE.fullmatch(path):
        await _tile(send, name, path)
    else:
        raise Problem(NOT_FOUND, field="path", what=path)


async def _checkpoint(scope: Scope, send: Send, name: str) -> None:
    given = query(scope, {"wait", "seen"})
    wait = given.get("wait", "0")
    if not (wait.isascii() and wait.isdigit() and int(wait) <= LONGEST_WAIT):
        raise Problem(INVALID, field="wait", name="wait", reason=f"seconds from 0 to {LONGEST_WAIT}")
    bell = ledger().bells[name]
    body = ledger().logs[name].checkpoint().note.encode()
    if int(wait) and digest(body) == given.get("seen"):
        await bell.wait(int(wait))
        body = ledger().logs[name].checkpoint().note.encode()
        if digest(body) == given.get("seen"):
            await send_response(send, 304, [], b"")
            return
    await send_response(send, 200, [(b"content-type", b"text/plain; charset=utf-8")], body)


def digest(note: bytes) -> str:
    """Short name of a checkpoint with its cosignatures, for the long poll."""
    return hashlib.sha256(note).hexdigest()[:16]


async def _tile(send: Send, name: str, path: str) -> None:
    root = ledger().roots[name]
    try:
        data = await asyncio.to_thread(Path(root / path).read_bytes)
    except FileNotFoundError as error:
        raise Problem(NOT_FOUND, field="path", what=path) from error
    cache = b"public, max-age=300" if ".p/" in path else b"public, max-age=31536000, immutable"
    headers = [(b"content-type", b"application/octet-stream"), (b"cache-control", cache)]
    await send_response(send, 200, headers, data)


@door("/witness/add-checkpoint", "Witness of other nodes' logs (C2SP tlog-witness)")
async def witness(scope: Scope, receive: Receive, send: Send) -> None:
    """Cosign a checkpoint of a log of this circle."""
    if scope["method"] != "POST":
        raise Problem(METHOD_NOT_ALLOWED, field="method", method=scope["method"])
    body = await read_body(scope, receive, MAX_REQUEST, 20.0)
    answer = await asyncio.to_thread(ledger().witness.handle, body)
    await send_response(send, answer.status, [(b"content-type", answer.media_type.encode())], answer.body)


class Watching(msgspec.Struct):
    """A log of this node, and how long to wait for what is not yet seen."""

    name: Literal["public", "exchange"]
    wait: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WAIT)] = 0
    seen: str = ""


class Tile(msgspec.Struct):
    """A tile of a log (c2sp.org/tlog-tiles)."""

    name: Literal["public", "exchange"]
    level: Annotated[str, msgspec.Meta(pattern=r"^(entries|[0-9]|[1-5][0-9]|6[0-3])$")]
    number: Annotated[str, msgspec.Meta(pattern=r"^\d{3}$")]


describe(
    Described(
        "GET", "/log/{name}/checkpoint", "Latest signed checkpoint of a log (C2SP tlog-checkpoint)", query=Watching,
        result=str, result_type="text/plain", tag="ledger",
    ),
    Described(
        "GET", "/log/{name}/tile/{level}/{number}", "A full tile of a log (C2SP tlog-tiles)", query=Tile,
        result=str, result_type="application/octet-stream", tag="ledger",
    ),
    Described(
        "POST", "/witness/add-checkpoint", "Cosign a checkpoint of another node's log (C2SP tlog-witness)", body=str,
        body_type="text/plain", result=str, result_type="text/plain", tag="ledger",
    ),
)  # fmt: skip
