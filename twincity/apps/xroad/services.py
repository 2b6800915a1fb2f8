"""Writes of the app."""

from __future__ import annotations

from twincity.apps.xroad.models import SecurityServer
from twincity.engines.exchange import facade as exchange
from twincity.kernel.problems import NOT_FOUND, Problem


def trust(*, address: str, title: str, purpose: str) -> None:
    """Let the Security Server at an address bring calls of its clients; the ledger keeps it."""
    SecurityServer.objects.update_or_create(address=address, defaults={"title": title, "purpose": purpose})
    exchange.record_act(kind="xroad-server", identifier=address, facts={"title": title, "purpose": purpose})


def distrust(*, address: str) -> None:
    """Let it bring none any more.

    Raises:
        Problem: ``not-found``.
    """
    if not SecurityServer.objects.filter(address=address).delete()[0]:
        raise Problem(NOT_FOUND, field="address", what=f"Security Server {address}")
    exchange.record_act(kind="xroad-server", identifier=address, facts={"title": "", "purpose": ""})
