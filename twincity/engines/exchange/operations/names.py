"""What an operator says of names that other protocols use."""

from __future__ import annotations

from typing import Any

import msgspec

from twincity.engines.circle import facade as circle
from twincity.engines.exchange import services
from twincity.engines.exchange.names import identifiers
from twincity.engines.exchange.names.book import OutsideName
from twincity.engines.exchange.queries import names
from twincity.kernel.operations import operation


class OutsideNaming(msgspec.Struct, forbid_unknown_fields=True):
    """A name for other protocols, ``INSTANCE/CLASS/MEMBER/SUBSYSTEM`` with its parts percent-encoded."""

    name: str
    member: str = ""
    title: str = ""
    system: str = ""
    services: dict[str, str] = {}
    purposes: dict[str, str] = {}
    addresses: list[str] = []
    old: bool = False
    remove: bool = False


@operation("exchange.name")
def outside_name(given: OutsideNaming) -> dict[str, Any]:
    """Say what a subsystem of another protocol stands for here, or take its name away; how many are given."""
    parts = identifiers.read(given.name, least=4, most=4)
    if given.remove:
        services.take_name(parts)
    else:
        name = OutsideName(
            parts=parts,
            member=given.member or circle.member_id(),
            title=given.title,
            system=given.system,
            services=given.services,
            purposes=given.purposes,
            addresses=tuple(given.addresses),
        )
        services.give_name(name, old=given.old)
    return {"names": len(names.given_names())}
