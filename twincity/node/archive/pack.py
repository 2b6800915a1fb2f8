"""Writing a node's archive, whether the node is up or down."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

import orjson
from django.db import connection

from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock
from twincity.kernel.home import Home
from twincity.node.archive import sealing, tables

FORMAT = "twincity-backup-1"
ABOUT = "backup.json"
LEFT_OUT = frozenset({"db", "logs", "mirrors", "tmp", "node.log", ABOUT})
"""What is taken by other ways, fetched again from other nodes, or of no use elsewhere."""


class Packed(NamedTuple):
    """What was written: the file, its bytes, and the records of each log it holds."""

    file: str
    size: int
    logs: dict[str, int]


def pack(home: Home, target: Path, to: Sequence[str]) -> Packed:
    """Write the whole node to an encrypted file; the file is there at once, whole, or not at all.

    Settings, keys and databases come first and the logs last, so that no row speaks of a record the archive lacks.

    Args:
        home: of a node whose logs are open in this process.
        target: the file to write; its folder must exist.
        to: age recipients who may restore it.

    Raises:
        Problem: ``invalid`` for a recipient.
        OSError: when the file cannot be written.
    """
    partial = target.with_name(target.name + ".partial")
    sizes = {name: ledger.log(name).checkpoint().checkpoint.size for name in ledger.NAMES}
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            sealing.seal(lambda stream: _write(home, stream, sizes), file, to)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return Packed(str(target), target.stat().st_size, sizes)


def _write(home: Home, stream: IO[bytes], sizes: dict[str, int]) -> None:
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        _bytes(archive, ABOUT, orjson.dumps(_about(home, sizes)))
        for path in _plain(home.path):
            # A file that is replaced meanwhile is taken in its old or its new form; one that is gone is not missed.
            with suppress(FileNotFoundError):
                archive.add(path, path.relative_to(home.path).as_posix(), recursive=False)
        with tempfile.TemporaryDirectory(dir=home.path, prefix="tmp-backup-") as scratch:
            for name, copy in tables.snapshots(home.path, Path(scratch)):
                archive.add(copy, name, recursive=False)
                copy.unlink()
        for name in ledger.NAMES:
            for piece in ledger.log(name).pieces():
                _piece(archive, f"logs/{name}/{piece.path}", piece)


def _about(home: Home, sizes: dict[str, int]) -> dict[str, object]:
    return {
        "format": FORMAT,
        "member": home.config.id,
        "at": clock.millis(),
        "database": connection.vendor,
        "logs": sizes,
    }


def _plain(root: Path) -> Iterator[Path]:
    for top in sorted(root.iterdir()):
        if top.name in LEFT_OUT or top.name.startswith((".", "tmp-")):
            continue
        yield from (path for path in sorted([top, *top.rglob("*")]) if path.is_file() and path.suffix != ".new")


def _piece(archive: tarfile.TarFile, name: str, piece: ledger.Piece) -> None:
    if isinstance(piece.source, bytes):
        _bytes(archive, name, piece.source)
        return
    with piece.source.open("rb") as file:
        _add(archive, name, file, piece.size)


def _bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    _add(archive, name, io.BytesIO(data), len(data))


def _add(archive: tarfile.TarFile, name: str, source: IO[bytes], size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, clock.unix()
    archive.addfile(entry, source)
