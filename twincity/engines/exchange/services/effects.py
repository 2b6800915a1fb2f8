"""What messages do here: handlers run in the order of their lanes, each effect exactly once.

A handler that writes to this node's database does so in the transaction that also marks its message done and keeps the
result to be sent back: after a crash either all of it has happened or nothing, and then it is done anew. Many messages
share one transaction, each behind a savepoint. A coroutine handler, whose effect lies elsewhere, runs alone and may be
repeated by a crash; the message id, which never changes, lets the other system recognise it.
"""

from __future__ import annotations

import base64
import inspect
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog
from django.db import connection, transaction

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.delivery.envelope import seal
from twincity.engines.exchange.services import inbox, outbox
from twincity.engines.exchange.services.store import WRITING, make_durable
from twincity.engines.exchange.wire import handling, registry
from twincity.engines.exchange.wire.consumer import Outbound
from twincity.engines.exchange.wire.handling import Answer
from twincity.engines.exchange.wire.provider import Inbound, Provider
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel import background, clock
from twincity.kernel.limits import Priority
from twincity.kernel.problems import Problem
from twincity.kernel.tc1.message import Signed

INBOX = "tc.inbox"
"""The protocol's own service that takes messages and results."""
TOGETHER = 200
"""Messages in one transaction at most."""
SECONDS = 0.1
"""After which a transaction takes no further message: others want to write, too."""
RESULT_LIMIT = 150 * 1024
"""Bytes of a result, which travels back in base64 within a message."""
Lane = tuple[str, str]
_UNSIGNED = Signed("", 0, 0, "", b"", b"", (), "")
"""Stands for the signature of a message from the inbox: it was checked when the message was taken in."""


class Result(msgspec.Struct, forbid_unknown_fields=True):
    """What a message came to, on its way back; ``body`` in base64."""

    message: str
    status: int
    media_type: str
    body: str


class Outside(Exception):  # noqa: N818  not an error: asks for another way
    """The handler's effect lies outside this node's database."""


@dataclass(slots=True)
class Round:
    """What one transaction has done, to be acted on once it is committed."""

    replies: Counter[str] = field(default_factory=Counter)
    """How many results there are to send to each member."""
    answered: list[str] = field(default_factory=list)
    """Own messages whose results have come."""
    done: int = 0


class Effects:
    """The thread that runs handlers of messages.

    Args:
        runtime: of this node.
        number: gives numbers for results.
        told: called in the thread after each transaction that did something.
    """

    def __init__(self, runtime: Runtime, number: Callable[[], int], told: Callable[[Round], object]) -> None:
        self._provider = Provider(runtime)
        self._number, self._told = number, told
        self._blocked: dict[Lane, float] = {}
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="delivery-effects", daemon=True)

    def start(self) -> None:
        """Begin with whatever an earlier run has left."""
        self._wake.set()
        self._thread.start()

    def wake(self) -> None:
        """There may be new messages."""
        self._wake.set()

    def unblock(self) -> None:
        """Try all lanes again now: a person has decided on a message."""
        self._blocked.clear()
        self.wake()

    def close(self) -> None:
        """Finish the transaction under way and end the thread."""
        self._stopping = True
        self.wake()
        self._thread.join()

    def _run(self) -> None:
        make_durable()
        while not self._stopping:
            self._wake.wait(self._pause())
            self._wake.clear()
            try:
                while not self._stopping and self.round():
                    pass
            except Exception:  # noqa: BLE001  the thread must live on; what failed is tried again
                structlog.get_logger().exception("effects_failed")
                self._blocked[("", "")] = time.monotonic() + 1
        connection.close()

    def _pause(self) -> float | None:
        soonest = min(self._blocked.values(), default=None)
        return None if soonest is None else max(0.0, soonest - time.monotonic())

    def round(self) -> bool:
        """Handle what is due; whether anything was."""
        now = time.monotonic()
        self._blocked = {lane: until for lane, until in self._blocked.items() if until > now}
        with connection.cursor() as cursor:
            found = inbox.due(cursor, TOGETHER, list(self._blocked))
        if not found:
            return False
        done = Round()
        try:
            self._together(found, done, now)
        except Outside:
            return True
        finally:
            if done.done:
                self._told(done)
        return True

    def _together(self, found: list[dict[str, Any]], done: Round, started: float) -> None:
        """As many as fit one transaction, up to the first whose effect lies outside; that one follows alone."""
        outside = None
        with WRITING, transaction.atomic(), connection.cursor() as cursor:
            for row in found:
                if (row["peer"], row["lane"]) in self._blocked:
                    continue
                try:
                    self._one(cursor, row, done)
                except Outside:
                    outside = row
                    break
                if time.monotonic() - started > SECONDS:
                    break
        if outside is not None:
            self._alone(outside, done)

    def _one(self, cursor: Any, row: dict[str, Any], done: Round) -> None:
        try:
            with transaction.atomic():
                answer = self._handled(row)
        except Problem as problem:
            if problem.retry_after is not None:
                self._again(cursor, row, problem.kind.code, count=False)
                return
            answer = handling.refused(problem)
        except Outside:
            raise
        except Exception as error:  # noqa: BLE001  whatever a handler raises is counted, and told in the log only
            structlog.get_logger().exception("handler_failed", message=row["id"], service=row["service"])
            self._again(cursor, row, f"{type(error).__name__}: {error}", count=True)
            return
        self._finish(cursor, row, answer, done)

    def _handled(self, row: dict[str, Any]) -> Answer:
        endpoint, call, given = self._examined(row)
        if inspect.iscoroutinefunction(endpoint.handler):
            raise Outside
        result = endpoint.handler(call, *given)
        return handling.encode(result, call.grant, RESULT_LIMIT)

    def _examined(self, row: dict[str, Any]) -> tuple[registry.Endpoint, registry.Call, list[Any]]:
        """Decided anew: a grant that was withdrawn while the message waited no longer lets it in."""
        headers, now = msgspec.json.decode(row["headers"], type=dict[str, str]), clock.unix()
        member = circle.directory().member(row["peer"], now)
        inbound = Inbound(
            headers, row["method"], row["service"], row["path"], row["query"], row["body"], _UNSIGNED, member, 0.0
        )
        return self._provider.examine(inbound, now, spend=False)

    def _alone(self, row: dict[str, Any], done: Round) -> None:
        endpoint, call, given = self._examined(row)
        try:
            result = background.wait(endpoint.handler(call, *given))
            answer = handling.encode(result, call.grant, RESULT_LIMIT)
        except Problem as problem:
            answer = handling.refused(problem)
        except Exception as error:  # noqa: BLE001  as above
            structlog.get_logger().exception("handler_failed", message=row["id"], service=row["service"])
            with WRITING, transaction.atomic(), connection.cursor() as cursor:
                self._again(cursor, row, f"{type(error).__name__}: {error}", count=True)
            return
        with WRITING, transaction.atomic(), connection.cursor() as cursor:
            self._finish(cursor, row, answer, done)

    def _finish(self, cursor: Any, row: dict[str, Any], answer: Answer, done: Round) -> None:
        changes = {"state": "done", "done": clock.millis(), "status": answer.status, "error": ""}
        inbox.finish(cursor, row["seq"], changes)
        done.done += 1
        if row["service"] == INBOX:
            done.answered.append(msgspec.json.decode(row["body"], type=Result).message)
        elif not row["service"].startswith(registry.OPEN_TO_MEMBERS):
            reply(cursor, row, answer, self._number)
            done.replies[row["peer"]] += 1

    def _again(self, cursor: Any, row: dict[str, Any], error: str, *, count: bool) -> None:
        """Try a message again later, its lane waiting; after too many failures it waits for a person instead."""
        attempts = row["attempts"] + count
        changes = {"attempts": attempts, "error": error[:300]}
        if attempts >= lanes.HANDLER_ATTEMPTS:
            changes["state"] = "dead"
        else:
            wait = lanes.patience(max(1, attempts), random.random())  # noqa: S311  spreads load, guards nothing
            self._blocked[row["peer"], row["lane"]] = time.monotonic() + wait
        inbox.finish(cursor, row["seq"], changes)


def reply(cursor: Any, row: dict[str, Any], answer: Answer, number: Callable[[], int]) -> None:
    """Queue the result of a message, as a message to its sender."""
    headers = msgspec.json.decode(row["headers"], type=dict[str, str])
    result = Result(row["id"], answer.status, answer.media_type, base64.b64encode(answer.body).decode())
    outbound = Outbound(
        provider=row["peer"],
        service=INBOX,
        method="POST",
        path="/results",
        purpose=headers["tc-purpose"],
        body=msgspec.json.encode(result),
        media_type="application/json",
        extra={"tc-case": headers["tc-case"]} if "tc-case" in headers else {},
    )
    lane = "interactive/results"
    outbox.add(cursor, outbound, seal(outbound, lane=lane, number=number(), ttl=lanes.TTL), Priority.INTERACTIVE)
