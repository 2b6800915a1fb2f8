"""What a benchmark returns and how it is printed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field


@dataclass
class Report:
    """Figures of one benchmark beside those of its physical limit or a peer, from the same run."""

    bench: str
    figures: dict[str, object]
    limit_or_peer: dict[str, object]
    ratio: float
    notes: list[str] = field(default_factory=list)

    def line(self) -> str:
        """The last line: one JSON object."""
        value = {"bench": self.bench, "figures": self.figures, "limit_or_peer": self.limit_or_peer}
        return json.dumps(value | {"ratio": round(self.ratio, 3)}, ensure_ascii=False)


def progress(text: str) -> None:
    """Say what is being measured."""
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()
