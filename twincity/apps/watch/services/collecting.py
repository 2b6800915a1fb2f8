"""The file of an export: an index, one evidence bundle for each exchange, and how to check them.

The other side of each exchange is asked for its record. Where it does not answer, this node's own record with its proof
stands alone, and the index says so.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from twincity.engines.exchange import facade as exchange
from twincity.kernel.problems import Problem

STEP = 5
"""Exchanges between two notes of the progress."""
PATIENCE = 5
"""How often evidence is asked for that is about to be witnessed, a second apart."""
COLUMNS = ("entry", "message", "at", "side", "peer", "service", "method", "path", "purpose", "system", "case")
READ_ME = """\
每次交换一个存证包 (bundles/), 可离线核验: twincity evidence verify FILE
index.csv 中 complete 为 no 的, 对方未给出其记录, own/ 中只有本节点的记录及其证明。

One evidence bundle for each exchange (bundles/), to be verified offline: twincity evidence verify FILE
Where index.csv says complete = no, the other side did not give its record; own/ holds this node's, with its proof.
"""


class CancelledError(Exception):
    """The export was cancelled while it was collected."""


class Made(NamedTuple):
    """The finished file: SHA-256 in hex, and bytes."""

    sha256: str
    size: int


def collect(scope: exchange.Scope, target: Path, progress: Callable[[int, int], bool]) -> Made:
    """Write the file of an export; it is there whole or not at all.

    Args:
        scope: what the auditor looks into.
        target: the file; its folder is made if need be.
        progress: told how many exchanges are done and how many of them lack the other side; False cancels.

    Raises:
        CancelledError: when the progress says so.
    """
    target.parent.mkdir(mode=0o700, exist_ok=True)
    partial = target.with_suffix(".partial")
    try:
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                _fill(archive, scope, progress)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return Made(digest, target.stat().st_size)


def _fill(archive: zipfile.ZipFile, scope: exchange.Scope, progress: Callable[[int, int], bool]) -> None:
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow([*COLUMNS, "outcome", "milliseconds", "complete", "file"])
    alone = 0
    for done, each in enumerate(exchange.exchanges_in(scope=scope), 1):
        name, data, complete = _evidence(each)
        archive.writestr(name, data)
        alone += not complete
        rows.writerow(_line(each, name, complete=complete))
        if not done % STEP and not progress(done, alone):
            raise CancelledError
    if not progress(done, alone):
        raise CancelledError
    archive.writestr("index.csv", "\ufeff" + table.getvalue())
    archive.writestr("README.txt", READ_ME)


def _line(each: exchange.Exchange, name: str, *, complete: bool) -> list[str]:
    facts = [each.index, each.message, each.at.isoformat(), *(getattr(each, column) for column in COLUMNS[3:])]
    texts = [*map(str, facts), each.outcome, f"{each.micros / 1000:.1f}", "yes" if complete else "no", name]
    # What a peer wrote may begin like a formula; a spreadsheet must take it for text.
    return ["'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text for text in texts]


def _evidence(each: exchange.Exchange) -> tuple[str, bytes, bool]:
    """Name in the archive, content, and whether both sides are in it."""
    name = f"{each.index:012d}.json"
    try:
        return f"bundles/{name}", _patiently(exchange.evidence, each.message), True
    except (Problem, TimeoutError):
        return f"own/{name}", _patiently(exchange.own_evidence, each.message), False


def _patiently(read: Callable[..., bytes], message: str) -> bytes:
    for _ in range(PATIENCE):
        try:
            return read(message=message)
        except Problem as problem:
            if problem.retry_after is None:
                raise
            time.sleep(min(1.0, problem.retry_after))
    return read(message=message)
