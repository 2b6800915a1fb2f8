"""What messages do here: handlers run in the order of their lanes, each effect exactly once.

A handler that writes to this node's database does so in the transaction that also marks its message done and keeps the
result to be sent back: after a crash either all of it has happened or nothing, and then it is done anew. Many messages
share one transaction; should one of them fail, all is undone and done anew with each behind a savepoint. A coroutine
handler, whose effect lies elsewhere, runs alone and may be repeated by a crash; the message id, which never changes,
lets the other system recognise it.
"""

from __future__ import annotations

import inspect
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog
from django.db import connection, transaction

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.delivery import lanes
from twincity.engines.exchange.services import inbox
from twincity.engines.exchange.services.results import INBOX, RESULT_LIMIT, TOGETHER, Replies, Results
from twincity.engines.exchange.services.store import WRITING, make_durable
from twincity.engines.exchange.wire import handling, registry
from twincity.engines.exchange.wire.handling import Answer
from twincity.engines.exchange.wire.provider import Inbound, Provider
from twincity.engines.exchange.wire.runtime import Runtime
from twincity.kernel import background, clock
from twincity.kernel.problems import Problem
from twincity.kernel.tc1.message import Signed

SECONDS = 0.1
"""After which a transaction takes no further message: others want to write, too."""
Lane = tuple[str, str]
_results = msgspec.json.Decoder(Results)
_headers = msgspec.json.Decoder(dict[str, str])
_UNSIGNED = Signed("", 0, 0, "", b"", b"", (), "")
"""Stands for the signature of a message from the inbox: it was checked when the message was taken in."""


class Outside(Exception):  # noqa: N818  not an error: asks for another way
    """The handler's effect lies outside this node's database."""


class Apart(Exception):  # noqa: N818  same
    """One message was not simply done, so that each must be guarded from the others."""


@dataclass(slots=True)
class Round:
    """What one transaction has done, to be acted on once it is committed."""

    replies: Counter[str] = field(default_factory=Counter)
    """How many results there are to send to each member."""
    answered: list[str] = field(default_factory=list)
    """Own messages whose results have come."""
    finished: list[tuple[int, int]] = field(default_factory=list)
    """Place and status of each message that is done."""
    results: Replies = field(default_factory=Replies)


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
        try:
            done, outside = self._together(found, apart=False)
        except Apart:
            done, outside = self._together(found, apart=True)
        self._tell(done)
        if outside is not None:
            self._tell(self._alone(outside))
        return True

    def _tell(self, done: Round) -> None:
        if done.finished:
            self._told(done)

    def _together(self, found: list[dict[str, Any]], *, apart: bool) -> tuple[Round, dict[str, Any] | None]:
        """As many as fit one transaction, and the message it ended at because its effect lies outside.

        Args:
            found: messages in their order.
            apart: whether each is guarded by a savepoint. It costs as much as the rest, so it is tried without.

        Raises:
            Apart: when a message failed or was refused and there was no savepoint; nothing has been done then.
        """
        started, done = time.monotonic(), Round()
        with WRITING, transaction.atomic(), connection.cursor() as cursor:
            for row in found:
                if (row["peer"], row["lane"]) in self._blocked:
                    continue
                try:
                    self._one(cursor, row, done, apart=apart)
                except Outside:
                    self._write(cursor, done)
                    return done, row
                if time.monotonic() - started > SECONDS:
                    break
            self._write(cursor, done)
        return done, None

    def _one(self, cursor: Any, row: dict[str, Any], done: Round, *, apart: bool) -> None:
        try:
            with transaction.atomic() if apart else nullcontext():
                answer = self._handled(row)
        except Outside:
            raise
        except Exception as error:
            if not apart:
                raise Apart from error
            refusal = self._failed(cursor, row, error)
            if refusal is None:
                return
            answer = refusal
        self._finish(row, answer, done)

    def _failed(self, cursor: Any, row: dict[str, Any], error: Exception) -> Answer | None:
        """The answer to a message that is refused for good; None for one that is tried again."""
        if not isinstance(error, Problem):  # whatever a handler raises is counted, and told in the log only
            structlog.get_logger().error("handler_failed", message=row["id"], service=row["service"], exc_info=error)
            self._again(cursor, row, f"{type(error).__name__}: {error}", count=True)
            return None
        if error.retry_after is not None:
            self._again(cursor, row, error.kind.code, count=False)
            return None
        return handling.refused(error)

    def _handled(self, row: dict[str, Any]) -> Answer:
        endpoint, call, given = self._examined(row)
        if inspect.iscoroutinefunction(endpoint.handler):
            raise Outside
        result = endpoint.handler(call, *given)
        return handling.encode(result, call.grant, RESULT_LIMIT)

    def _examined(self, row: dict[str, Any]) -> tuple[registry.Endpoint, registry.Call, list[Any]]:
        """Decided anew: a grant that was withdrawn while the message waited no longer lets it in."""
        headers, now = _headers.decode(row["headers"]), clock.unix()
        member = circle.directory().member(row["peer"], now)
        inbound = Inbound(
            headers, row["method"], row["service"], row["path"], row["query"], row["body"], _UNSIGNED, member, 0.0
        )
        return self._provider.examine(inbound, now, spend=False)

    def _alone(self, row: dict[str, Any]) -> Round:
        done, failure, answer = Round(), None, None
        try:
            endpoint, call, given = self._examined(row)
            result = background.wait(endpoint.handler(call, *given))
            answer = handling.encode(result, call.grant, RESULT_LIMIT)
        except Exception as error:  # noqa: BLE001  as above
            failure = error
        with WRITING, transaction.atomic(), connection.cursor() as cursor:
            if failure is not None:
                answer = self._failed(cursor, row, failure)
            if answer is not None:
                self._finish(row, answer, done)
            self._write(cursor, done)
        return done

    def _finish(self, row: dict[str, Any], answer: Answer, done: Round) -> None:
        done.finished.append((row["seq"], answer.status))
        if row["service"] == INBOX:
            done.answered += [each.message for each in _results.decode(row["body"]).results]
        elif not row["service"].startswith(registry.OPEN_TO_MEMBERS):
            done.results.add(row, answer)

    def _write(self, cursor: Any, done: Round) -> None:
        """Mark what is done and queue its results, within the transaction that has done it."""
        inbox.finish(cursor, done.finished)
        done.replies = done.results.queue(cursor, self._number)

    def _again(self, cursor: Any, row: dict[str, Any], error: str, *, count: bool) -> None:
        """Try a message again later, its lane waiting; after too many failures it waits for a person instead."""
        attempts = row["attempts"] + count
        changes = {"attempts": attempts, "error": error[:300]}
        if attempts >= lanes.HANDLER_ATTEMPTS:
            changes["state"] = "dead"
        else:
            wait = lanes.patience(max(1, attempts), random.random())  # noqa: S311  spreads load, guards nothing
            self._blocked[row["peer"], row["lane"]] = time.monotonic() + wait
        inbox.put_off(cursor, row["seq"], changes)
