"""Background work of the app."""

from __future__ import annotations

from typing import Any

from twincity.apps.sharing.queries import sources as queries
from twincity.apps.sharing.queries import systems
from twincity.apps.sharing.services import offers
from twincity.apps.sharing.services.sources import drafts
from twincity.apps.sharing.services.sources.sweeping import sweep_extracts
from twincity.apps.sharing.services.systems import look
from twincity.kernel import clock
from twincity.kernel.jobs import job

_offered: dict[str, object] = {"stamp": None}
"""What the offered services were made from; another process may have changed it."""


@job("sharing.offer", every=2.0)
def offer(_: Any) -> None:
    """Offer the services that were registered without code at the start, and again when one has changed."""
    stamp = queries.stamp(), systems.stamp()
    if stamp != _offered["stamp"]:
        offers.offer_all()
        _offered["stamp"] = stamp


@job("sharing.rest", every=30.0)
def rest(_: Any) -> None:
    """End the process that answers calls when none have come for a minute."""
    queries.answering().rest()


@job("sharing.sweep", every=3600.0)
def sweep(_: Any) -> None:
    """Remove drafts that nobody registered and extracts that nobody asks for."""
    now = clock.unix()
    drafts.sweep(now)
    sweep_extracts(now)


@job("sharing.look", every=30.0)
def look_at_systems(_: Any) -> None:
    """Ask the systems behind published services whether they are there."""
    look()
