"""What an operator decides: which Security Servers may bring calls."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any

import msgspec

from twincity.apps.xroad import queries, services
from twincity.kernel.operations import operation
from twincity.kernel.problems import INVALID, Problem

Purpose = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=100)]


class Trusted(msgspec.Struct, forbid_unknown_fields=True):
    """A Security Server: its network address, and the purpose that calls of its clients count as."""

    address: str
    title: Annotated[str, msgspec.Meta(max_length=200)] = ""
    purpose: Purpose = "xroad"
    remove: bool = False


@operation("xroad.server")
def server(given: Trusted) -> list[dict[str, Any]]:
    """Let a Security Server bring calls of its clients, or no longer; all that may."""
    try:
        address = str(ipaddress.ip_address(given.address))
    except ValueError as error:
        raise Problem(INVALID, field="address", name="address", reason=str(error)) from error
    if given.remove:
        services.distrust(address=address)
    else:
        services.trust(address=address, title=given.title or address, purpose=given.purpose)
    return [
        {"address": each.address, "title": each.title, "purpose": each.purpose} for each in queries.security_servers()
    ]
