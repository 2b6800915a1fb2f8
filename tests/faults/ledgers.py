"""A node's exchange log as its files show it, held to everything it has ever said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from pathlib import Path

from twincity.engines.exchange.wire import records
from twincity.engines.ledger.log import frames
from twincity.engines.ledger.log.entries import DOMAIN, SALT_SIZE
from twincity.engines.ledger.log.layout import WIDTH
from twincity.engines.ledger.log.mirror import Mirror
from twincity.engines.ledger.log.policy import Policy
from twincity.engines.ledger.log.segment import SUFFIX
from twincity.engines.ledger.log.tiles import folder
from twincity.engines.ledger.verifier.files import journal_entries, tile_paths
from twincity.engines.ledger.verifier.logs import verify_log
from twincity.kernel.notes import Algorithm, VerifierKey
from twincity.node.testkit import LiveNode


class Journal:
    """Reads payloads in order, each once, without touching the files."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._first, self._position, self.count = 0, frames.HEADER_SIZE, 0

    def read(self, size: int) -> Iterator[bytes]:
        """Payloads up to record ``size``.

        Raises:
            FileNotFoundError: when they are not all there.
        """
        while self.count < size:
            with (
                (self._place / f"{self._first:020d}{SUFFIX}").open("rb") as file,
                closing(mmap(file.fileno(), 0, access=ACCESS_READ)) as data,
                suppress(frames.BrokenFrameError),  # the torn end of a crash, or what is being written now
            ):
                header = frames.Header.decode(data)
                for position, payload in frames.walk(data, header, self._position, self.count):
                    self._position, self.count = position + 8 + len(payload), self.count + 1
                    yield payload
                    if self.count == size:
                        return
            if self._first == self.count:
                raise FileNotFoundError(f"no record {size - 1}")
            self._first, self._position = self.count, frames.HEADER_SIZE


def written(node: LiveNode) -> list[records.Record]:
    """Every record of a node's exchange log, as far as it is written now."""
    found = []
    with suppress(FileNotFoundError):
        for payload in Journal(node.home.logs("exchange") / "journal").read(2**53):
            found.append(records.decode(payload[SALT_SIZE:]))  # noqa: PERF401  kept when the end comes
    return found


def recorded(node: LiveNode, message: str) -> records.Record | None:
    """A node's record of an exchange, if there is one yet."""
    return next((each for each in written(node) if each.id == message), None)


class Watcher:
    """Follows the log; each checkpoint must continue the one before, each entry be that of the journal.

    Attributes:
        exchanges: index and record by side and message id, as far as the last checkpoint seen covers them.
    """

    def __init__(self, node: LiveNode, copy: Path) -> None:
        self.root = node.home.logs("exchange")
        origin = f"{node.spec.id}/exchange"
        self.key = VerifierKey(origin, Algorithm.ED25519, node.home.key("log").public.raw)
        self.mirror = Mirror(copy, folder(self.root), origin=origin, keys=(self.key,))
        self.exchanges: dict[tuple[str, str], tuple[int, records.Record]] = {}
        self._journal = Journal(self.root / "journal")

    def catch_up(self) -> int:
        """Take in the last published checkpoint; its size.

        Raises:
            LogError: when it does not continue what was there before.
            AssertionError: when an entry is not the journal's, or one side has a message id twice.
        """
        start, size = self._journal.count, self.mirror.update().checkpoint.size
        published = self._published(start)
        for index, payload in enumerate(self._journal.read(size), start):
            assert sha256(DOMAIN + payload).digest() == next(published), index
            record = records.decode(payload[SALT_SIZE:])
            name = record.side, record.id
            assert name not in self.exchanges, f"{name} is in the log twice"
            self.exchanges[name] = index, record
        return size

    def _published(self, start: int) -> Iterator[bytes]:
        reader = self.mirror.reader()
        for number in range(start // WIDTH, -(-self.mirror.size // WIDTH)):
            yield from reader.entries(number)[max(0, start - number * WIDTH) :]

    def verify_whole(self) -> int:
        """Verify all files of the log as a stranger would; its size. The node must be stopped."""
        report = verify_log(folder(self.root), tile_paths(self.root), Policy((self.key,)), journal_entries(self.root))
        return report.signed.checkpoint.size
