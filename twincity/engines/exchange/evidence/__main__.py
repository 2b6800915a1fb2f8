"""``python -m twincity.engines.exchange.evidence FILE [DIGEST]``: the offline verifier.

Needs PyNaCl, orjson and msgspec; no Django, no database, no network.
"""

from __future__ import annotations

import sys
from pathlib import Path

from twincity.engines.exchange.evidence import bundle
from twincity.engines.exchange.evidence.verify import charter_digest, verify
from twincity.kernel.problems import Problem


def examine(file: Path, pinned: str = "") -> int:
    """Print every check of a bundle and what it proves; 0 when all hold, 1 when not, 2 when it cannot be read."""
    write = sys.stdout.write
    try:
        found = bundle.read(file.read_bytes())
    except (Problem, OSError) as error:
        write(f"{error}\n")
        return 2
    report = verify(found, pinned=pinned)
    for check in report.checks:
        write(f"{'✓' if check.holds else '✗'} {check.zh} / {check.en}\n")
    if report.holds and report.record:
        record = report.record
        write(f"{record.peer} {record.method} {record.service}{record.path} [{record.purpose}] → {record.outcome}\n")
        if not pinned:
            write(f"charter {charter_digest(found.charter)} (compare it with the one you trust)\n")
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(examine(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
