"""Doors of delivery: messages of other members, their results, and what became of a system's own messages."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import msgspec
import orjson
from django.db import connection

from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.delivery.courier import Item
from twincity.engines.exchange.delivery.envelope import BODY_LIMIT, Acks
from twincity.engines.exchange.services import outbox
from twincity.engines.exchange.services.delivery import Wish, delivery
from twincity.engines.exchange.services.intake import MOST
from twincity.engines.exchange.services.results import INBOX, Results
from twincity.engines.exchange.wire.admission import priority
from twincity.engines.exchange.wire.consumer import Outbound
from twincity.engines.exchange.wire.headers import Headers, as_text
from twincity.engines.exchange.wire.local import Local
from twincity.engines.exchange.wire.registry import Call, Service
from twincity.engines.exchange.wire.runtime import current
from twincity.kernel import clock
from twincity.kernel.doors import Receive, Scope, Send, door
from twincity.kernel.http.asgi import query, send_response
from twincity.kernel.locale_text import LocalText
from twincity.kernel.notes import NoteError, unb64
from twincity.kernel.openapi import Described, describe
from twincity.kernel.problems import INVALID, NOT_FOUND, TOO_LARGE, Problem, define

NOT_YET = define(
    "result-not-yet", 409, zh="此消息尚无结果, 现处于 {state}", en="This message has no result yet; it is {state}"
)
LONGEST_WAIT = 30
_JSON = [(b"content-type", b"application/json")]
inbox = Service(INBOX, LocalText("消息收件箱", "Inbox of messages"))


class Messages(msgspec.Struct, forbid_unknown_fields=True):
    """A batch of messages, in the order in which they are to take effect."""

    messages: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=MOST)]


async def enqueue(outbound: Outbound, headers: Headers) -> None:
    """Keep a system's call that is to be delivered, as its ``tc-lane`` and ``tc-ttl`` say.

    Raises:
        Problem: ``invalid`` naming the header, ``too-large``, or as :meth:`Delivery.enqueue`.
    """
    if len(outbound.body) > BODY_LIMIT:
        raise Problem(TOO_LARGE, field="body", limit=BODY_LIMIT)
    wish = Wish(
        priority=priority(headers),
        key=headers.get("tc-lane", "default"),
        ttl=lanes.ttl(headers.get("tc-ttl")),
    )
    await delivery().enqueue(outbound, wish)


@door("/messages/", "What became of a system's asynchronous call: `/messages/ID`, its result at `/messages/ID/result`")
async def messages_door(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """State or result of a message, to the system that sent it; ``?wait=SECONDS`` waits for the result."""
    system = Local(current(), enqueue).system(as_text(scope["headers"]))
    name, _, part = scope["twincity.rest"].partition("/")
    wait = _seconds(query(scope, ("wait",)).get("wait", "0"))
    row = await _message(name, system.name)
    if not row["answered"] and wait:
        await delivery().result(name, wait)
        row = await _message(name, system.name)
    if part == "result":
        await _send_result(send, row)
    else:
        await send_response(send, 200, _JSON, orjson.dumps(shown(row)))


def _seconds(text: str) -> float:
    if not (text.isascii() and text.isdigit() and int(text) <= LONGEST_WAIT):
        raise Problem(INVALID, field="wait", name="wait", reason=f"seconds from 0 to {LONGEST_WAIT}")
    return float(text)


async def _message(name: str, system: str) -> dict[str, Any]:
    await delivery().ready()
    row = await delivery().store.do(partial(outbox.one, message=name))
    if row is None or row["system"] != system:
        raise Problem(NOT_FOUND, field="message", what=f"message {name}")
    return row


async def _send_result(send: Send, row: dict[str, Any]) -> None:
    if not row["answered"]:
        raise Problem(NOT_YET, field="message", retry_after=1, state=row["state"])
    fields = [(b"content-type", row["media_type"].encode()), (b"tc-message-id", row["id"].encode())]
    await send_response(send, row["status"], fields, row["result"])


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A message as its sender sees it; times in milliseconds since 1970, 0 for not yet."""
    names = ("id", "state", "destination", "service", "path", "queued", "taken", "answered", "expires", "attempts")
    return {name: row[name] for name in (*names, "receipt", "error", "status", "lane")}


@inbox.post("/messages", inline=True)
async def messages(call: Call, given: Messages) -> Acks:
    """Take in messages of the caller; each is acknowledged by itself."""
    return Acks(await delivery().take_in(call.member, given.messages))


@inbox.post("/results")
def results(call: Call, given: Results) -> dict[str, Any]:
    """Take in what messages of this node came to at the caller; ``unknown`` names those that are not its own."""
    now, answers = clock.millis(), []
    for each in given.results:
        try:
            body = unb64(each.body)
        except NoteError as error:
            raise Problem(INVALID, field="body", name="body", reason="not canonical base64") from error
        answers.append((now, each.status, each.media_type[:100], body, each.message, call.member))
    with connection.cursor() as cursor:
        return {"unknown": outbox.answer(cursor, answers, call.member)}


class Waiting(msgspec.Struct):
    """A message of the calling system, and for how many seconds its result is waited for."""

    id: str
    wait: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WAIT)] = 0


describe(
    Described(
        "GET", "/messages/{id}", "What became of an asynchronous call", query=Waiting, result=dict[str, Any],
        security="system", tag="exchange",
    ),
    Described("GET", "/messages/{id}/result", "Its result", query=Waiting, security="system", tag="exchange"),
)  # fmt: skip
