"""A fingerprint of a table that anyone who holds all its rows can compute."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from twincity.kernel import canonical


class TableDigest(NamedTuple):
    """Number of rows, and SHA-256 in hexadecimal."""

    rows: int
    sha256: str


def digest_rows(rows: Iterable[Mapping[str, Any]]) -> TableDigest:
    """SHA-256 over the canonical JSON of each row and a line feed, in ascending order of those lines.

    Blank cells count as absent, so that null, empty and missing are one; the order in which rows come makes no
    difference. Holds one line of each row in memory.

    Raises:
        CanonicalError: when a cell has no canonical form, such as a float.
    """
    lines = sorted(
        canonical.encode({name: cell for name, cell in row.items() if cell not in (None, "")}) for row in rows
    )
    found = hashlib.sha256()
    for line in lines:
        found.update(line + b"\n")
    return TableDigest(len(lines), found.hexdigest())
