"""Background work of the ledger."""

from __future__ import annotations

from typing import Any

from twincity.engines.ledger.services import publish_checkpoints
from twincity.kernel.jobs import job


@job("ledger.checkpoints", every=0.4, jitter=0)
def checkpoints(_: Any) -> None:
    """A signed checkpoint within a second after a log has grown."""
    publish_checkpoints()
