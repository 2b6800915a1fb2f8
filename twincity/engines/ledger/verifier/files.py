"""Reads a log's folder without changing anything in it."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from twincity.engines.ledger.log import frames
from twincity.engines.ledger.log.entries import Kind, Private, Public
from twincity.engines.ledger.log.errors import CorruptLogError
from twincity.engines.ledger.log.segment import SUFFIX


def tile_paths(root: Path) -> Iterator[str]:
    """Every file below ``tile/``, relative to the log; temporary ones, which begin with a dot, are passed over."""
    for path in sorted((root / "tile").rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(root).as_posix()


def journal_entries(root: Path) -> Iterator[bytes] | None:
    """What the journal says the log publishes; None when the folder has no journal, as in a mirror."""
    about, folder = root / "log", root / "journal"
    if not about.exists():
        return None
    kinds: dict[str, Kind] = {kind.name: kind for kind in (Public(), Private())}
    kind = kinds[about.read_text("utf-8").split("\n")[2]]
    return map(kind.entry, _payloads(folder))


def _payloads(folder: Path) -> Iterator[bytes]:
    """The journal's payloads, up to its end or the first broken frame."""
    index = 0
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with path.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as data:
            try:
                header = frames.Header.decode(data)
                if header.first != index:
                    raise CorruptLogError(f"{path} begins at {header.first}, not at {index}")
                for _, payload in frames.walk(data, header, frames.HEADER_SIZE, index):
                    yield payload
                    index += 1
            except frames.BrokenFrameError:
                # Behind the last checkpoint this is a torn write; before it the caller misses entries and says so.
                return
