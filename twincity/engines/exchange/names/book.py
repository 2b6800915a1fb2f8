"""What a name of another protocol stands for here: given names first, then those that follow from the circle.

From the circle: ``CIRCLE/GOV/MEMBER-ID`` is a member, ``CIRCLE/GOV/MEMBER-ID/services`` all it offers, and
``CIRCLE/GOV/MEMBER-ID/SYSTEM`` one of this node's own systems.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from twincity.engines.exchange.names.identifiers import Parts

MEMBER_CLASS = "GOV"
ALL = "services"
"""Subsystem that stands for everything a member offers."""


@dataclass(frozen=True, slots=True)
class OutsideName:
    """A subsystem: of ``member``; as a client it is the local system ``system``, as a provider it has services."""

    parts: Parts
    member: str
    title: str = ""
    system: str = ""
    services: dict[str, str] = field(default_factory=dict)
    """Service code outside: service here; empty means all, under their own names, or none for a local system."""
    purposes: dict[str, str] = field(default_factory=dict)
    """Purpose by service as ``INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE``, or ``*``, when a call names none."""
    addresses: tuple[str, ...] = ()
    """Network addresses from which the system is believed without its token."""

    def service(self, code: str) -> str:
        """The service here behind a code; empty when there is none."""
        return self.services.get(code, "") if self.services or self.system else code

    def codes(self, service: str) -> list[str]:
        """Codes under which a service here is known by this name."""
        if self.services or self.system:
            return [code for code, name in self.services.items() if name == service]
        return [service]


def implied(
    parts: Parts, circle: str, own: str, members: Collection[str], systems: Collection[str]
) -> OutsideName | None:
    """What a name of three or four parts stands for by itself, None when for nothing."""
    if parts[:2] != (circle, MEMBER_CLASS) or parts[2] not in members:
        return None
    below = parts[3] if len(parts) > 3 else ""
    if below in {"", ALL}:
        return OutsideName(parts, parts[2])
    return OutsideName(parts, own, system=below) if parts[2] == own and below in systems else None


def all_implied(circle: str, own: str, members: Collection[str], systems: Collection[str]) -> list[OutsideName]:
    """All subsystems that have a name by themselves."""
    found = [OutsideName((circle, MEMBER_CLASS, member, ALL), member) for member in sorted(members)]
    mine = (circle, MEMBER_CLASS, own)
    return found + [OutsideName((*mine, each), own, system=each) for each in sorted(systems) if each != ALL]
