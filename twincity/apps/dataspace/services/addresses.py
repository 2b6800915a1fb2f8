"""Addresses and identifiers of this node's dataspace endpoints."""

from __future__ import annotations

from django.conf import settings

from twincity.apps.dataspace.models import Negotiation
from twincity.apps.dataspace.protocol.messages import VERSION
from twincity.kernel import ids

URN = "urn:uuid:"


def base_path() -> str:
    """Where the endpoints stand on this node, such as ``/dsp``."""
    return str(settings.CONFIG.dataspace_path)


def callback() -> str:
    """Base URL of this node's endpoints, in both roles."""
    return f"{settings.CONFIG.address}{base_path()}/{VERSION}"


def data(transfer: str, service: str) -> str:
    """Where the data of a transfer are fetched."""
    return f"{settings.CONFIG.address}{base_path()}/data/{transfer}/tc1/{service}"


def inbox(transfer: str) -> str:
    """Where the data of a transfer are brought."""
    return f"{settings.CONFIG.address}{base_path()}/inbox/{transfer}"


def dataset(member: str, service: str) -> str:
    """What the catalogue calls the data of a service, unless its offer says otherwise."""
    return f"urn:twincity:service:{member}:{service}"


def agreement_id(found: Negotiation) -> str:
    """Id of the agreement in the exchange: the consumer's process id, as in its signed wish; for a partner a new one.

    At the provider it stands in the agreement's URI; at the consumer a URI may be anything that a provider likes.
    """
    if found.role == "consumer":
        return found.pk
    if found.agreement:
        return found.agreement.removeprefix(URN)
    return found.peer_pid if found.request else ids.new_id()
