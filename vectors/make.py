"""Makes the vectors: ``python -m vectors.make`` writes every file, ``--check`` only says which would differ."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vectors.parts import (
    agreements,
    batches,
    canonical_json,
    charters,
    directory,
    evidence,
    keys,
    ledger,
    streams,
    tc1,
)

FOLDER = Path(__file__).resolve().parent
FILES: dict[str, Callable[[], dict[str, Any]]] = {
    "keys.json": keys.build,
    "canonical.json": canonical_json.build,
    "charter.json": charters.build,
    "directory.json": directory.build,
    "tc1.json": tc1.build,
    "streams.json": streams.build,
    "batches.json": batches.build,
    "ledger.json": ledger.build,
    "agreements.json": agreements.build,
    "evidence.json": evidence.build,
}


def render(name: str) -> bytes:
    """The bytes of one file; the same on every machine."""
    value = {"warning": keys.WARNING} | FILES[name]()
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def main(arguments: list[str]) -> int:
    """Write all files, or with ``--check`` compare them; 1 when one differs."""
    differing = 0
    for name in FILES:
        path, data = FOLDER / name, render(name)
        if arguments == ["--check"]:
            if not path.exists() or path.read_bytes() != data:
                differing = 1
                sys.stdout.write(f"{name} differs\n")
        else:
            path.write_bytes(data)
    return differing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
