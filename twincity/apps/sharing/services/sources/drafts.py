"""Deliveries before they are registered: each in a folder of its own, read by a child process of its own.

A draft becomes a version by moving its file; what is left of drafts after a day is swept away.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
from django.conf import settings

from twincity.apps.sharing.queries import sources as places
from twincity.engines.catalogue import facade as catalogue
from twincity.kernel import ids
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem, define

LARGEST = 4 * 2**30
"""Bytes of a delivery."""
KEPT_SECONDS = 86_400
TOO_BIG = define("delivery-too-large", 413, zh="超过 {limit} 字节", en="More than {limit} bytes")
_ID = re.compile(r"[0-9a-f-]{36}")
_BLOCK = 1_048_576
Kind = Literal["csv", "parquet", "geojson", "sql"]
_KINDS: dict[str, Kind] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".geojson": "geojson",
    ".json": "geojson",
}


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that has been read."""

    id: str
    kind: Kind
    origin: dict[str, str]
    """``file``, or ``source`` and ``table``."""
    found: catalogue.Tabulated

    @property
    def file(self) -> Path:
        """The table."""
        return places.drafts() / self.id / "table.parquet"

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns."""
        return tuple(each.name for each in self.found.columns)


def draft_of_upload(name: str, pieces: Iterable[bytes]) -> Draft:
    """Take in a file that somebody uploads; its name only tells its kind and is shown.

    Raises:
        Problem: ``invalid`` for another kind of file, ``delivery-too-large``, or ``table-refused``.
    """
    kind = kind_of(name)
    folder = _folder()
    try:
        with (folder / "upload").open("xb") as file:
            _fill(file, pieces)
        return _read(folder, kind, {"file": Path(name).name[:200]}, str(folder / "upload"))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def draft_of_file(path: Path) -> Draft:
    """Take in a copy of a file of this machine, for the operator.

    Raises:
        Problem: as :func:`draft_of_upload`; ``invalid`` for what is no plain file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Problem(INVALID, field="path", name="path", reason=error.strerror or "") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Problem(INVALID, field="path", name="path", reason="no plain file")
    with os.fdopen(descriptor, "rb") as file:
        return draft_of_upload(path.name, iter(lambda: file.read(_BLOCK), b""))


def draft_of_table(source: str, table: str) -> Draft:
    """Copy a table of a database that ``node.toml`` names.

    Raises:
        Problem: ``not-found`` for a database without a name there, or ``table-refused``.
    """
    system = settings.CONFIG.sources.get(source)
    if system is None:
        raise Problem(NOT_FOUND, field="source", what=f"[sources.{source}]")
    folder = _folder()
    try:
        return _read(folder, "sql", {"source": source, "table": table}, system.url, table)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def kind_of(name: str) -> Kind:
    """The kind of a file by the end of its name.

    Raises:
        Problem: ``invalid``.
    """
    kind = _KINDS.get(Path(name).suffix.lower())
    if kind is None:
        raise Problem(INVALID, field="file", name="file", reason=" ".join(_KINDS))
    return kind


def find(identifier: str) -> Draft:
    """A draft.

    Raises:
        Problem: ``not-found``.
    """
    path = places.drafts() / identifier / "draft.json"
    if not _ID.fullmatch(identifier) or not path.exists():
        raise Problem(NOT_FOUND, field="draft", what=f"draft {identifier}")
    return msgspec.json.decode(path.read_bytes(), type=Draft)


def sweep(now: float) -> None:
    """Remove the drafts that nobody has registered within a day."""
    for folder in places.drafts().glob("*"):
        if now - folder.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    sweep(time.time())
    folder = places.drafts() / ids.new_id()
    folder.mkdir(parents=True)
    return folder


def _fill(file: BinaryIO, pieces: Iterable[bytes]) -> None:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > LARGEST:
            raise Problem(TOO_BIG, field="file", limit=LARGEST)
        file.write(piece)


def _read(folder: Path, kind: Kind, origin: dict[str, str], given: str, table: str = "") -> Draft:
    task = catalogue.Tabulate(kind=kind, origin=given, target=str(folder / "table.parquet"), table=table)
    with catalogue.Worker(folder) as worker:
        found = worker.ask(task, catalogue.Tabulated)
    draft = Draft(id=folder.name, kind=kind, origin=origin, found=found)
    (folder / "upload").unlink(missing_ok=True)
    (folder / "draft.json").write_bytes(msgspec.json.encode(draft))
    return draft
