"""Once after the start: what an earlier run has left is taken up; then only a look once an hour."""

from __future__ import annotations

from typing import Any

from twincity.apps.dataspace.services import posting
from twincity.engines.exchange import facade as exchange
from twincity.kernel.jobs import job


@job("dataspace.resume", every=3600.0, jitter=0.2)
async def resume(_: Any) -> None:
    """Send what is still due."""
    if exchange.running():
        await posting.resume()
