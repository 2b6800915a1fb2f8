"""Making a node's home from its archive, and looking the result over before it may run."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec
import orjson

from twincity.engines.ledger import facade as ledger
from twincity.engines.ledger.verifier.__main__ import main as verify
from twincity.kernel.home import Config, Home, render
from twincity.kernel.notes import Algorithm, VerifierKey
from twincity.kernel.problems import Problem
from twincity.node.archive.pack import ABOUT, FORMAT
from twincity.node.archive.sealing import BROKEN, unseal

MOST_FILES = 10_000_000


@dataclass(frozen=True)
class Changes:
    """What is different about the place a node is restored to; empty leaves it as it was."""

    address: str = ""
    listen: str = ""
    database: str = ""

    def applied(self, config: Config) -> Config:
        """The configuration with these changes."""
        given = {name: value for name, value in vars(self).items() if value}
        return msgspec.structs.replace(config, **given)


def unpack(file: Path, identity: Path, folder: Path, changes: Changes) -> Home:
    """Decrypt an archive into a new home; the folder is there whole or not at all.

    Raises:
        Problem: ``archive-broken`` for another's key, a changed or cut file, or one that is no backup.
        FileExistsError: when the folder exists and is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(folder)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    try:
        with file.open("rb") as source:
            unseal(source, identity, lambda stream: _extract(stream, partial))
        home = Home(partial)
        (partial / "node.toml").write_text(render(changes.applied(home.config)), "utf-8")
        if folder.exists():
            folder.rmdir()
        partial.replace(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return Home(folder)


def _extract(stream: IO[bytes], folder: Path) -> None:
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            members = iter(archive)
            _check_first(archive, next(members, None))
            for number, member in enumerate(members):
                if not member.isfile() or number > MOST_FILES:
                    raise Problem(BROKEN, field="file", reason=f"unexpected member {member.name[:100]}")
                # The filter refuses absolute names, and those that lead out of the folder (PEP 706).
                archive.extract(member, folder, filter="data")
    except (tarfile.TarError, EOFError) as error:
        raise Problem(BROKEN, field="file", reason=str(error)) from error
    (folder / "keys").chmod(0o700)


def _check_first(archive: tarfile.TarFile, first: tarfile.TarInfo | None) -> None:
    about = archive.extractfile(first) if first is not None and first.name == ABOUT else None
    found: dict[str, Any] = orjson.loads(about.read(65_536)) if about else {}
    if found.get("format") != FORMAT:
        raise Problem(BROKEN, field="file", reason="not a backup of a node")


def examine(home: Home) -> Iterator[tuple[str, bool]]:
    """Compute each log anew from its journal, and compare it with its checkpoint: name and whether it holds."""
    for name in ledger.NAMES:
        key = VerifierKey(f"{home.config.id}/{name}", Algorithm.ED25519, home.key("log").public.raw)
        yield name, verify([str(home.logs(name)), "--key", key.vkey]) == 0
