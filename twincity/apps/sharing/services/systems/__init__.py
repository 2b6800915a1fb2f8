"""Writes of services that systems of this member answer: reading their description, offering, calling, watching."""

from __future__ import annotations

from twincity.apps.sharing.services.systems.descriptions import WHERE, Described, described, fetched, found, uploaded
from twincity.apps.sharing.services.systems.offering import offer_all, service_of
from twincity.apps.sharing.services.systems.registering import Choice, register, withdraw
from twincity.apps.sharing.services.systems.watching import look

__all__ = [
    "WHERE",
    "Choice",
    "Described",
    "described",
    "fetched",
    "found",
    "look",
    "offer_all",
    "register",
    "service_of",
    "uploaded",
    "withdraw",
]
