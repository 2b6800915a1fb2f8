"""What a steward does with the base data."""

from __future__ import annotations

from typing import Any

import msgspec
from django.conf import settings

from twincity.apps.sharing import services
from twincity.apps.sharing.services.loading import Province
from twincity.kernel.operations import operation


class Load(msgspec.Struct, forbid_unknown_fields=True):
    """One province, or all when left out."""

    province: Province | None = None


class Publish(msgspec.Struct, forbid_unknown_fields=True):
    """Which member publishes the standard, and whether this node offers its data.

    Attributes:
        offer: dataset and service enter the catalogue; a province does so unless told otherwise, a county only when
            told to.
    """

    standard_by: str
    offer: bool | None = None


class Duties(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing to choose: a province has one part of the list."""


class Link(msgspec.Struct, forbid_unknown_fields=True):
    """A dataset of this node by name, and the duty that it fulfils, ``LIST/NUMBER``."""

    dataset: str
    duty: str


@operation("sharing.duties")
def duties(_: Duties) -> dict[str, Any]:
    """Publish what this province owes by the shipped list of duties."""
    return msgspec.to_builtins(services.publish_duties(division=settings.CONFIG.division))


@operation("sharing.link")
def link(given: Link) -> dict[str, Any]:
    """Say in the catalogue that a dataset of this node fulfils a duty."""
    return msgspec.to_builtins(services.link(dataset=given.dataset, duty=given.duty))


@operation("sharing.load")
def load(given: Load) -> dict[str, Any]:
    """Load the shipped tables of administrative divisions."""
    return msgspec.to_builtins(services.load_divisions(province=given.province))


@operation("sharing.publish")
def publish(given: Publish) -> dict[str, Any]:
    """Load and check the divisions of this node's territory, and publish them to the circle."""
    config = settings.CONFIG
    offer = config.division.endswith("0000") if given.offer is None else given.offer
    found = services.publish(division=config.division, place=config.title, standard_by=given.standard_by, offer=offer)
    return msgspec.to_builtins(found)
