"""Background work of the catalogue."""

from __future__ import annotations

from typing import Any

from twincity.engines.catalogue import queries, services
from twincity.kernel.jobs import job


@job("catalogue.index", every=1.0)
def index(_: Any) -> None:
    """Put what members have published into the table, within a second or two."""
    services.take_in()
    services.take_in_endorsements()
    queries.INDEX.catch_up()  # so that nobody's search has to wait for it


@job("catalogue.notify", every=2.0)
def notify(_: Any) -> None:
    """Tell subscribers what has changed."""
    services.notify()
