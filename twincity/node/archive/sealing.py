"""age encryption (age-encryption.org/v1) of a stream: whoever holds only the file learns nothing but its size.

The archive is made in one thread and encrypted in another, through a pipe, so that neither needs room for all of it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import pyrage

from twincity.kernel.problems import INVALID, Problem, define

BROKEN = define("archive-broken", 422, zh="备份文件不能读取: {reason}", en="The backup file cannot be read: {reason}")


def recipients(texts: Sequence[str]) -> list[pyrage.x25519.Recipient]:
    """The recipients named, each ``age1…``.

    Raises:
        Problem: ``invalid`` naming the field ``to``.
    """
    try:
        found = [pyrage.x25519.Recipient.from_str(text) for text in texts]
    except pyrage.RecipientError as error:
        raise Problem(INVALID, field="to", name="to", reason=str(error)) from error
    if not found:
        raise Problem(INVALID, field="to", name="to", reason="at least one recipient")
    return found


def new_identity(path: Path) -> str:
    """Write a new identity to a file that only its owner can read; its recipient.

    Raises:
        FileExistsError: rather than replace one.
    """
    identity = pyrage.x25519.Identity.generate()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"# public key: {identity.to_public()}\n{identity}\n")
    return str(identity.to_public())


def identities(path: Path) -> list[pyrage.x25519.Identity]:
    """The identities in a file, one a line, with comments.

    Raises:
        Problem: ``invalid`` naming the field ``identity``.
    """
    lines = [line for line in path.read_text("utf-8").split("\n") if line.strip() and not line.startswith("#")]
    try:
        return [pyrage.x25519.Identity.from_str(line.strip()) for line in lines]
    except pyrage.IdentityError as error:
        raise Problem(INVALID, field="identity", name="identity", reason=str(error)) from error


def seal(make: Callable[[IO[bytes]], None], target: IO[bytes], to: Sequence[str]) -> None:
    """Encrypt what ``make`` writes; errors of either side are raised."""
    known = recipients(to)
    read, write = (os.fdopen(fd, mode) for fd, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    worker = _Worker(lambda: _writing(make, write))
    try:
        with read:
            pyrage.encrypt_io(read, target, known)
    finally:
        worker.join()


def unseal(source: IO[bytes], identity: Path, take: Callable[[IO[bytes]], None]) -> None:
    """Decrypt into ``take``, which reads from a stream.

    Raises:
        Problem: ``archive-broken`` for another's key, a changed or a cut file.
    """
    known = identities(identity)
    read, write = (os.fdopen(fd, mode) for fd, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    worker = _Worker(lambda: _decrypting(source, write, known))
    try:
        with read:
            take(read)
            while read.read(1 << 20):
                continue  # what follows the end of the archive must be whole as well
    finally:
        worker.join()


class _Worker:
    """A thread whose error is raised where it is joined."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), name="archive")
        self._thread.start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  raised again by join
            self._error = error

    def join(self) -> None:
        self._thread.join()
        if self._error is not None:
            raise self._error


def _writing(make: Callable[[IO[bytes]], None], write: IO[bytes]) -> None:
    with write:
        make(write)


def _decrypting(source: IO[bytes], write: IO[bytes], known: Sequence[pyrage.x25519.Identity]) -> None:
    try:
        with write:
            pyrage.decrypt_io(source, write, known)
    except BrokenPipeError:
        return  # the reader gave up, and says why
    except (pyrage.DecryptError, OSError) as error:
        raise Problem(BROKEN, field="file", reason=str(error)) from error
