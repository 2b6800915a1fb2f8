"""What both sides of a call share in one running node."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.consent.decision import Held
from twincity.engines.exchange.rules import Grant, GrantIndex
from twincity.engines.exchange.wire.records import Record, encode
from twincity.engines.ledger import facade as ledger
from twincity.kernel.http.client import Client
from twincity.kernel.limits import Gate, TokenBucket
from twincity.kernel.problems import Problem, define
from twincity.kernel.tc1.replay import ReplayGuard

RATE = define(
    "grant-rate",
    429,
    zh="超过授权 {grant} 的频次 (每分钟 {rate} 次)",
    en="Beyond the rate of grant {grant}: {rate} a minute",
)
WORKERS = 4
Given = TypeVar("Given")
Found = TypeVar("Found")


@dataclass(slots=True)
class System:
    """A local information system that may call out through this node."""

    name: str
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turned:
    """A request that was turned away before anybody was known to be asking; nothing in it is proven."""

    at: int
    message: str
    kid: str
    target: str
    problem: Problem


class People(Protocol):
    """What the exchange must know of persons; answered from the database, so never on the event loop."""

    def held(self, consent: str) -> Held | None:
        """A consent in its present state, None when this node does not have it."""
        ...

    def pseudonym(self, person: str) -> str:
        """The name that a person of this node's data goes by in its own ledger."""
        ...


class Nobody:
    """A node that holds no consents."""

    def held(self, consent: str) -> Held | None:  # noqa: ARG002  the protocol's signature
        return None

    def pseudonym(self, person: str) -> str:  # noqa: ARG002  the protocol's signature
        return ""


@dataclass
class Runtime:
    """State of the exchange in this process: in memory, rebuilt at start."""

    member: str
    address: str
    body_limit: int
    gate: Gate
    client: Client
    people: People = field(default_factory=Nobody)
    grants: GrantIndex = field(default_factory=GrantIndex)
    systems: dict[bytes, System] = field(default_factory=dict)
    """Local systems by the SHA-256 of their token."""
    systems_version: int = -1
    replay: ReplayGuard = field(default_factory=ReplayGuard)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WORKERS, thread_name_prefix="handler"))
    turned: deque[Turned] = field(default_factory=lambda: deque(maxlen=500))
    """The latest of those, for the administrator who is asked why."""
    heard: Callable[[str], object] = lambda _: None
    """Told of each member whose request was just found genuine: whoever calls can be reached again."""
    _buckets: dict[tuple[str, int], TokenBucket] = field(default_factory=dict)

    def spend(self, grant: Grant) -> None:
        """Count a call against its grant's rate.

        Raises:
            Problem: ``grant-rate`` with the seconds to wait.
        """
        if not grant.rate:
            return
        bucket = self._buckets.get((grant.id, grant.rate))  # a narrowed rate counts from now on
        if bucket is None:
            bucket = self._buckets[grant.id, grant.rate] = TokenBucket(grant.rate / 60, max(1.0, grant.rate / 6))
        wait = bucket.take(time.monotonic())
        if wait > 0:
            raise Problem(RATE, field="rate", retry_after=wait, grant=grant.id, rate=grant.rate)

    async def in_thread(self, work: Callable[[Given], Found], given: Given) -> Found:
        """Run what may use the database beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, work, given)

    async def keep(self, record: Callable[[int], Record]) -> tuple[int, bytes]:
        """Make and keep the record of an exchange; returns its place in the ledger and its leaf once it is on disk."""
        receipt = await ledger.exchange_log().append(lambda index: encode(record(index)))
        return receipt.index, receipt.leaf


_runtime: Runtime | None = None


def start(runtime: Runtime | None) -> None:
    """Make a runtime the one of this process; None when it stops."""
    global _runtime  # noqa: PLW0603  one node, one runtime
    _runtime = runtime


def current() -> Runtime:
    """The runtime of this process.

    Raises:
        RuntimeError: when the node is not being served.
    """
    if _runtime is None:
        raise RuntimeError("the exchange is not running in this process")
    return _runtime


def running() -> bool:
    """Whether the node is being served by this process."""
    return _runtime is not None


def receipt_value(index: int) -> str:
    """Value of ``tc-receipt``: the provider's log and the place its record will have in it."""
    return f'"{circle.member_id()}/exchange";index={index}'
