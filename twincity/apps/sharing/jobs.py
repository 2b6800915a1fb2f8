"""Background work of the app."""

from __future__ import annotations

from typing import Any

from twincity.apps.sharing.queries import sources as queries
from twincity.apps.sharing.services.sources import offering
from twincity.kernel.jobs import job

_offered: dict[str, object] = {"stamp": None}
"""What the offered services were made from; another process may have changed it."""


@job("sharing.offer", every=2.0)
def offer(_: Any) -> None:
    """Offer the services over registered sources at the start, and again when one has changed."""
    stamp = queries.stamp()
    if stamp != _offered["stamp"]:
        offering.offer_all()
        _offered["stamp"] = stamp


@job("sharing.rest", every=30.0)
def rest(_: Any) -> None:
    """End the process that answers calls when none have come for a minute."""
    queries.answering().rest()
