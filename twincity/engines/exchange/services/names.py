"""Giving names for other protocols."""

from __future__ import annotations

import ipaddress

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.models import OutsideNameRow
from twincity.engines.exchange.names import identifiers
from twincity.engines.exchange.names.book import OutsideName
from twincity.engines.exchange.services.records import record_act
from twincity.engines.identity import facade as identity
from twincity.kernel import clock
from twincity.kernel.problems import INVALID, NOT_FOUND, Problem


def give_name(given: OutsideName, *, old: bool = False) -> None:
    """Give a name, or change what it stands for; the ledger keeps that this was done.

    Args:
        given: four parts; a member of the circle; as a client, a system of this node.
        old: the name comes from a network older than today's limits on characters.

    Raises:
        Problem: ``name-invalid``, ``unknown-member``, ``not-found`` (system), ``invalid``.
    """
    identifiers.check(given.parts, old=old)
    if len(given.parts) != 4:
        raise Problem(INVALID, field="name", name="name", reason="INSTANCE/CLASS/MEMBER/SUBSYSTEM")
    circle.directory().member(given.member, clock.unix())
    _check_client(given)
    for code in given.services:
        identifiers.check([code], old=old)
    name = identifiers.write(given.parts)
    OutsideNameRow.objects.update_or_create(
        name=name,
        defaults={
            "member": given.member, "title": given.title, "system": given.system, "services": given.services,
            "purposes": given.purposes, "addresses": list(given.addresses),
        },
    )  # fmt: skip
    record_act(kind="name", identifier=name[:200], facts={"member": given.member, "system": given.system})


def take_name(parts: identifiers.Parts) -> None:
    """Take a given name away.

    Raises:
        Problem: ``not-found``.
    """
    name = identifiers.write(parts)
    if not OutsideNameRow.objects.filter(name=name).delete()[0]:
        raise Problem(NOT_FOUND, field="name", what=name)
    record_act(kind="name", identifier=name[:200], facts={"member": ""})


def _check_client(given: OutsideName) -> None:
    if given.addresses and not given.system:
        raise Problem(INVALID, field="addresses", name="addresses", reason="only a local system has addresses")
    if given.system and given.member != circle.member_id():
        raise Problem(INVALID, field="system", name="system", reason="only this node's own systems call through it")
    if given.system and given.system not in {each.name for each in identity.systems()}:
        raise Problem(NOT_FOUND, field="system", what=f"system {given.system}")
    for each in given.addresses:
        try:
            ipaddress.ip_address(each)
        except ValueError as error:
            raise Problem(INVALID, field="addresses", name="addresses", reason=str(error)) from error
