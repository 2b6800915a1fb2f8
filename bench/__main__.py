"""``python -m bench NAME [--quick]``: measure; the last line printed is the result as JSON."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

NAMES = sorted(
    path.stem for path in Path(__file__).parent.glob("[a-z]*.py") if path.stem not in {"datasets", "report", "nginx"}
)


def main() -> None:
    """Run one benchmark: its module's ``run(quick)``."""
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    if len(names) != 1 or names[0] not in NAMES:
        sys.exit(f"python -m bench {'|'.join(NAMES)} [--quick]")
    report = importlib.import_module(f"bench.{names[0]}").run(quick="--quick" in sys.argv)
    for note in report.notes:
        sys.stdout.write(f"  {note}\n")
    sys.stdout.write(report.line() + "\n")


if __name__ == "__main__":
    main()
