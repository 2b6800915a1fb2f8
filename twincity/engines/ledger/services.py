"""The node's two logs, opened once per process.

``public`` holds what the node publishes, in full; ``exchange`` holds private records, of which only salted commitments
are published. Both are served as tiles, witnessed by nodes of other jurisdictions and checked by the same verifier.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from twincity.engines.ledger.log.log import Log
from twincity.engines.ledger.log.policy import Policy
from twincity.engines.ledger.log.witness import Witness
from twincity.engines.ledger.log.witness_store import FileStore
from twincity.kernel.home import Home
from twincity.kernel.notes import Algorithm, Signer, VerifierKey

NAMES = ("public", "exchange")


class Bell:
    """Wakes those who wait for a new checkpoint; may be rung from any thread."""

    def __init__(self) -> None:
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def ring(self) -> None:
        """Wake everyone who waits."""
        for loop, event in list(self._waiting):
            loop.call_soon_threadsafe(event.set)

    async def wait(self, seconds: float) -> None:
        """Wait for the next ring, at most so long."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        self._waiting.add((loop, event))
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._waiting.discard((loop, event))


@dataclass
class Ledger:
    """A node's open logs, and its work as a witness for others."""

    member: str
    roots: dict[str, Path]
    logs: dict[str, Log]
    witness: Witness
    bells: dict[str, Bell] = field(default_factory=lambda: {name: Bell() for name in NAMES})
    on_public: list[Callable[[int, bytes], None]] = field(default_factory=list)
    """Called with index and record after each own public entry is on disk."""


_ledger: Ledger | None = None


def open_ledger(home: Home, find: Callable[[str], Sequence[VerifierKey]]) -> Ledger:
    """Open the logs of a home.

    Args:
        home: the node's folder; its ``log`` key signs checkpoints, its ``witness`` key cosigns those of others.
        find: keys of the log with a given origin, none for a log this node does not witness.
    """
    global _ledger  # noqa: PLW0603  one process, one ledger
    member, key = home.config.id, home.key("log")
    logs = {
        name: Log.open(
            home.logs(name),
            origin=f"{member}/{name}",
            signer=Signer.of(f"{member}/{name}", key),
            private=name == "exchange",
            queue=home.config.limits.queue,
        )
        for name in NAMES
    }
    signer = Signer.of(f"{member}/witness", home.key("witness"), Algorithm.COSIGNATURE)
    roots = {name: home.logs(name) for name in NAMES}
    _ledger = Ledger(member, roots, logs, Witness(FileStore(home.path / "witness"), signer, find))
    return _ledger


def ledger() -> Ledger:
    """The ledger of this process.

    Raises:
        RuntimeError: when it is not open.
    """
    if _ledger is None:
        raise RuntimeError("the ledger is not open in this process")
    return _ledger


def close_ledger() -> None:
    """Publish what waits and let go of the files."""
    global _ledger  # noqa: PLW0603  one process, one ledger
    if _ledger is not None:
        for log in _ledger.logs.values():
            log.close()
    _ledger = None


def publish_checkpoints() -> list[str]:
    """Publish a checkpoint of each log that has grown; names of those logs."""
    grown = [name for name, log in ledger().logs.items() if log.tick() is not None]
    for name in grown:
        ledger().bells[name].ring()
    return grown


def set_policy(name: str, policy: Policy) -> None:
    """Say which witnesses count for a log."""
    ledger().logs[name].policy = policy


def add_cosignatures(name: str, lines: str, size: int) -> None:
    """Keep a witness's answer and tell those who wait for it."""
    ledger().logs[name].add_cosignatures(lines, size)
    ledger().bells[name].ring()
