"""Following the public logs of the other members: copy, verify, apply, and remember when they were witnessed.

Each member's log is followed by a long poll, so that a revocation is known everywhere within about a second; what was
copied is kept, so that a node starts and works while the others are down. A log that contradicts itself (a fork, a
rewritten entry) is no longer followed: both signed checkpoints are kept as evidence and shown.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from twincity.engines.circle.membership.holder import Circle, circle
from twincity.engines.ledger import facade as ledger
from twincity.engines.ledger.facade import WIDTH, ForkedLogError, LogError
from twincity.kernel import clock
from twincity.kernel.http.client import Client
from twincity.kernel.http.errors import TransportError
from twincity.kernel.notes import NoteError, VerifierKey

WAIT = 20
"""Seconds a long poll is held."""
PAUSE = (0.5, 5.0)
"""Seconds between attempts at a log that cannot be reached: shortest and longest."""
REFRESH_EVERY = 1.0


class Copy:
    """A verified copy of a log on this node's disk; updated in a thread, while the loop does the fetching."""

    def __init__(self, root: Path, origin: str, keys: Sequence[VerifierKey]) -> None:
        self._note = b""
        self._witnessed = root / "checkpoint.witnessed"
        self._ask: Callable[[str], bytes] = _absent
        self.mirror = ledger.Mirror(root, self._fetch, origin=origin, keys=keys)

    def update(self, note: bytes, ask: Callable[[str], bytes]) -> None:
        """Verify and keep what the checkpoint ``note`` adds; ``ask`` fetches a path of the log.

        Raises:
            LogError, NoteError: as :meth:`Mirror.update`.
        """
        self._note, self._ask = note, ask
        self.mirror.update()

    def entries(self, start: int) -> Iterator[bytes]:
        """Verified entries from ``start`` on."""
        reader, size = self.mirror.reader(), self.mirror.size
        for number in range(start // WIDTH, -(-size // WIDTH)):
            yield from reader.entries(number)[max(0, start - number * WIDTH) :]

    def keep_witnessed(self, signed: ledger.SignedCheckpoint) -> None:
        """Keep the last checkpoint that was witnessed: the newest one may not have its cosignatures yet."""
        temporary = self._witnessed.with_suffix(".new")
        temporary.write_bytes(signed.note.encode())
        temporary.replace(self._witnessed)

    def witnessed(self) -> ledger.SignedCheckpoint | None:
        """What was kept, None before the first one; whoever uses it checks the signatures again."""
        try:
            return ledger.SignedCheckpoint.parse(self._witnessed.read_bytes())
        except (FileNotFoundError, NoteError):
            return None

    def _fetch(self, path: str) -> bytes:
        return self._note if path == "checkpoint" else self._ask(path)


def _absent(path: str) -> bytes:
    raise FileNotFoundError(path)


reached: list[Callable[[str], object]] = []
"""Told of a member each time its log was read: it can be reached."""


@dataclass
class Followed:
    """What following one member's log has come to; for the page of the circle."""

    owner: str
    address: str
    copy: Copy
    size: int = 0
    reached_at: float = 0.0
    """Seconds since 1970, 0 before the first contact."""
    error: str = ""
    broken: bool = False
    """Whether the log was caught contradicting itself."""
    seen: str = ""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Follower:
    """Follows every member the directory names."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.followed: dict[str, Followed] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._refreshed = 0.0

    def replay(self) -> None:
        """Apply what earlier runs have copied, issuers before those they admit."""
        mine = circle()
        done: set[str] = set()
        while todo := [name for name in mine.state.directory.members if name not in done]:
            for name in sorted(todo, key=lambda each: each.count(".")):
                done.add(name)
                self._replay(mine, name)

    def _replay(self, mine: Circle, name: str) -> None:
        if name == mine.member:
            for record in ledger.public_log().records():
                mine.state.apply(name, record.index, record.data)
        elif mine.log_keys(f"{name}/public"):
            found = self._open(mine, name)
            self._apply(mine, found)
            kept = found.copy.witnessed()
            if kept is not None and kept.checkpoint.origin == f"{name}/public":
                with suppress(NoteError):  # a spoilt file tells nothing, and keeps nobody from starting
                    note_witnessed(mine, name, kept)

    def _open(self, mine: Circle, name: str) -> Followed:
        if name not in self.followed:
            origin = f"{name}/public"
            copy = Copy(mine.home.path / "mirrors" / name, origin, mine.log_keys(origin))
            self.followed[name] = Followed(name, mine.state.directory.members[name].node.address, copy)
        return self.followed[name]

    async def run(self, stop: asyncio.Event) -> None:
        """Keep one task per member until stopped."""
        while not stop.is_set():
            mine = circle()
            for name in list(mine.state.directory.members):
                if name != mine.member and name not in self._tasks and mine.log_keys(f"{name}/public"):
                    self._open(mine, name)
                    self._tasks[name] = asyncio.create_task(self._follow(name))
            try:
                await asyncio.wait_for(stop.wait(), 0.5)
            except TimeoutError:
                continue
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _follow(self, name: str) -> None:
        pause = PAUSE[0]
        while not self.followed[name].broken:
            try:
                await self.update(name, wait=WAIT)
                pause = PAUSE[0]
            except (TransportError, LookupError) as error:
                self.followed[name].error = self.followed[name].error or type(error).__name__
            except Exception as error:  # noqa: BLE001  following must go on, whatever one answer does to it
                self.followed[name].error = type(error).__name__
                structlog.get_logger().exception("follow_failed", owner=name)
            if self.followed[name].error:
                await asyncio.sleep(pause)
                pause = min(PAUSE[1], pause * 2)

    async def update(self, name: str, *, wait: int = 0) -> None:
        """Bring one copy up to date, waiting at most ``wait`` seconds for something new."""
        mine, found = circle(), self.followed[name]
        base = mine.state.directory.members[name].node.address + "/log/public/"
        url = f"{base}checkpoint?wait={wait}&seen={found.seen}" if wait else base + "checkpoint"
        response = await self.client.request("GET", url, [], None, timeout=wait + 10, max_body=131_072)
        found.reached_at = clock.millis() / 1000
        found.error = ""
        for listener in reached:
            listener(found.owner)
        if response.status == 304:
            return
        if response.status != 200:
            found.error = f"status {response.status}"
            raise LookupError(found.error)
        async with found.lock:
            await self._take(mine, found, base, response.body)
        found.seen = hashlib.sha256(response.body).hexdigest()[:16]

    async def _take(self, mine: Circle, found: Followed, base: str, note: bytes) -> None:
        loop = asyncio.get_running_loop()

        def ask(path: str) -> bytes:
            return asyncio.run_coroutine_threadsafe(self._fetch(base + path), loop).result(30)

        try:
            await asyncio.to_thread(found.copy.update, note, ask)
        except (LogError, NoteError) as error:
            found.broken, found.error = isinstance(error, ForkedLogError), str(error)
            structlog.get_logger().error("log_refused", owner=found.owner, error=str(error))
            raise LookupError(found.error) from error
        self._apply(mine, found)

    async def _fetch(self, url: str) -> bytes:
        response = await self.client.request("GET", url, [], None, timeout=20, max_body=17_000_000)
        if response.status != 200:
            raise FileNotFoundError(url)
        return response.body

    def _apply(self, mine: Circle, found: Followed) -> None:
        for index, entry in enumerate(found.copy.entries(found.size), found.size):
            mine.state.apply(found.owner, index, entry)
            found.size = index + 1
        latest = found.copy.mirror.latest
        if latest is not None and note_witnessed(mine, found.owner, latest):
            found.copy.keep_witnessed(latest)

    async def refresh(self) -> None:
        """Ask the issuers for news now, at most once a second; failures are left to the long polls."""
        if time.monotonic() - self._refreshed < REFRESH_EVERY:
            return
        self._refreshed = time.monotonic()
        issuers = [name for name in circle().state.directory.issuers() if name in self.followed]
        await asyncio.gather(*(self.update(name) for name in issuers), return_exceptions=True)


def note_witnessed(mine: Circle, owner: str, signed: ledger.SignedCheckpoint) -> bool:
    """Remember when an anchor's log was last vouched for from outside its jurisdiction; whether this was news.

    Raises:
        NoteError: when a cosignature of a known witness does not hold.
    """
    policy = mine.policy(owner, "public")
    if not policy.witnesses:  # a circle of one anchor has nobody to ask
        mine.state.witnessed[owner] = clock.unix()
        return False
    times = [
        each.timestamp
        for each in policy.cosigners(signed)
        if not policy.home or each.witness.jurisdiction != policy.home
    ]
    news = max(times, default=0) > mine.state.witnessed.get(owner, 0)
    if news:
        mine.state.witnessed[owner] = max(times)
    return news


_follower: Follower | None = None


def start(client: Client) -> Follower:
    """Make the follower of this process."""
    global _follower  # noqa: PLW0603  one node, one follower
    _follower = Follower(client)
    return _follower


def follower() -> Follower | None:
    """The follower of this process, None when the node is not being served."""
    return _follower


async def refresh() -> None:
    """Ask the issuers for news now, if the node is being served."""
    if _follower is not None:
        await _follower.refresh()
