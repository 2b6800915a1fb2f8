"""Whether a node works, part by part."""

from __future__ import annotations

from typing import Any

from twincity.engines.circle import facade as circle
from twincity.engines.ledger import facade as ledger
from twincity.kernel import clock
from twincity.kernel.jobs import jobs


def report() -> dict[str, Any]:
    """``ok`` and the state of each part; reads memory only, so that it can be asked often."""
    failing = [name for name in ledger.NAMES if ledger.log(name).failure is not None]
    parts: dict[str, Any] = {
        "ledger": {name: ledger.log(name).size for name in ledger.NAMES},
        "jobs": {each.name: each.counts.failures for each in jobs() if each.counts.failures},
    }
    if circle.is_open():
        parts["circle"] = {
            "members": len(circle.directory().members),
            "witnessed_seconds_ago": clock.unix() - circle.witnessed_at(circle.member_id()),
        }
    return {"ok": not failing, "id": ledger.member(), "failing": failing} | parts
