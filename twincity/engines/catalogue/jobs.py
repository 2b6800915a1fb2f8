"""Background work of the catalogue."""

from __future__ import annotations

from typing import Any

from twincity.engines.catalogue import services
from twincity.kernel.jobs import job


@job("catalogue.index", every=1.0)
def index(_: Any) -> None:
    """Put what members have published into the table, within a second or two."""
    services.take_in()
    services.take_in_endorsements()
