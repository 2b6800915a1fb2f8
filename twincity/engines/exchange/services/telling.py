"""Telling all parties to a consent of its present state, until each has acknowledged it.

Each peer is told on its own, so that one that hangs keeps nobody else waiting; withdrawals go first.
"""

from __future__ import annotations

import asyncio
import time

import msgspec
import structlog

from twincity.engines.exchange.consent.messages import CONSENTS, Signed
from twincity.engines.exchange.models import ConsentDelivery, ReceivedAsk
from twincity.engines.exchange.services import consents
from twincity.engines.exchange.services.links import pseudonym
from twincity.engines.exchange.wire import telling
from twincity.kernel.problems import Problem

SILENCE = (0.5, 1.0, 2.0, 4.0)
"""Seconds until a peer that did not answer is tried again; the last for ever after."""
REFUSED = 60.0
"""Seconds until a document that was refused is offered again."""
SOON = "not-found"
"""What a peer says whose copy of the data agreement is still on its way."""
LOOK = 2.0
"""Seconds between looks at the database when nothing is known to be due: another process may have written."""
BATCH = 200


class Due(msgspec.Struct, frozen=True):
    """A state of a consent that a peer has not acknowledged."""

    delivery: int
    peer: str
    state: str
    body: Signed


class Teller:
    """What is being told and who is left alone for a while; of one process."""

    def __init__(self) -> None:
        self._busy: set[str] = set()
        self._rest: dict[str | int, float] = {}
        self._silent: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._looked = 0.0

    async def look(self) -> None:
        """Begin to tell whoever is due; returns at once."""
        now = time.monotonic()
        if not (consents.stirred.is_set() or self._busy or self._rest) and now - self._looked < LOOK:
            return
        consents.stirred.clear()
        self._looked = now
        self._rest = {key: until for key, until in self._rest.items() if until > now}
        by_peer: dict[str, list[Due]] = {}
        for due in await asyncio.to_thread(waiting):
            if due.peer not in self._busy and due.peer not in self._rest and due.delivery not in self._rest:
                by_peer.setdefault(due.peer, []).append(due)
        for peer, dues in by_peer.items():
            self._busy.add(peer)
            task = asyncio.create_task(self._tell(peer, dues))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell(self, peer: str, dues: list[Due]) -> None:
        try:
            for due in dues:
                if not await self._one(due):
                    return
            self._silent.pop(peer, None)
        finally:
            self._busy.discard(peer)
            consents.stirred.set()

    async def _one(self, due: Due) -> bool:
        """Whether the peer answered, be it by a refusal."""
        try:
            await telling.tell(due.peer, CONSENTS, "/documents", due.body, telling.Done)
        except (Problem, msgspec.ValidationError) as error:
            code = (error.rule or error.kind.code) if isinstance(error, Problem) else "answer-unproven"
            structlog.get_logger().info("consent_not_told", peer=due.peer, problem=code)
            await asyncio.to_thread(consents.not_acknowledged, delivery=due.delivery, problem=code)
            return self._leave_alone(due, code, answered=isinstance(error, Problem) and bool(error.rule))
        await asyncio.to_thread(consents.acknowledge, delivery=due.delivery, state=due.state)
        return True

    def _leave_alone(self, due: Due, code: str, *, answered: bool) -> bool:
        now = time.monotonic()
        if answered:
            self._rest[due.delivery] = now + (SILENCE[0] if code == SOON else REFUSED)
            return True
        tries = self._silent.get(due.peer, 0)
        self._silent[due.peer] = tries + 1
        self._rest[due.peer] = now + SILENCE[min(tries, len(SILENCE) - 1)]
        return False


teller = Teller()


def waiting() -> list[Due]:
    """What is due, withdrawals first."""
    rows = ConsentDelivery.objects.filter(due=True).select_related("consent")
    found = rows.order_by("-consent__state", "pk")[:BATCH]
    return [_due(row) for row in found]


def _due(row: ConsentDelivery) -> Due:
    consent = row.consent
    person = pseudonym(consent.person, consent.provider) if row.peer == consent.provider else ""
    ask = ReceivedAsk.objects.filter(consent=consent.pk, consumer=row.peer).values_list("code", flat=True).first()
    return Due(row.pk, row.peer, consent.state, Signed(consent.token, person, ask or ""))
