"""All services that were registered without code, offered together."""

from __future__ import annotations

from twincity.apps.sharing.services import systems
from twincity.apps.sharing.services.sources import offering
from twincity.engines.exchange import facade as exchange


def offer_all() -> None:
    """Answer for all that is published, and no longer for what is gone."""
    names = offering.offer_all() | systems.offer_all()
    for service in exchange.registered():
        if not service.listed and service.name not in names:
            exchange.withdraw(service.name)
