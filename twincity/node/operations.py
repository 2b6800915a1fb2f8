"""What an operator does with a node as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from twincity.kernel import home
from twincity.kernel.operations import operation
from twincity.kernel.problems import INVALID, Problem


class Backup(msgspec.Struct, forbid_unknown_fields=True):
    """Where to write the archive on the node's machine, and the age recipients who may restore it."""

    file: str
    to: list[str]


@operation("node.backup")
def backup(given: Backup) -> dict[str, Any]:
    """Write the whole node, encrypted, to one file on its machine; the node goes on meanwhile."""
    from twincity.node.archive.pack import pack  # noqa: PLC0415  only operators need age

    path = Path(given.file)
    if not (path.is_absolute() and path.parent.is_dir()):
        raise Problem(INVALID, field="file", name="file", reason="an absolute path in an existing folder")
    return pack(home.current(), path, given.to)._asdict()
