"""Reads of the app."""

from __future__ import annotations

from twincity.apps.xroad.models import SecurityServer
from twincity.apps.xroad.rules.configuration import Client, Server
from twincity.engines.circle import facade as circle
from twincity.engines.exchange import facade as exchange


def security_server(address: str) -> SecurityServer | None:
    """The Security Server at a network address, None when it is not one."""
    return SecurityServer.objects.filter(address=address).first()


def security_servers() -> list[SecurityServer]:
    """All of them."""
    return list(SecurityServer.objects.all()[:1000])


def clients() -> list[Client]:
    """Every subsystem that has a name, with the title of its member, by name."""
    members = circle.directory().members
    found: dict[tuple[str, ...], Client] = {}
    for name in exchange.outside_names():
        known = members.get(name.member)
        title = name.title or (known.node.title.zh if known else name.member)
        found.setdefault(name.parts, Client(name.parts, title, name.title, name.member))
    return [found[parts] for parts in sorted(found)]


def servers() -> dict[str, Server]:
    """Each member's node as X-Road would know a Security Server, by member."""
    members = circle.directory().members.values()
    return {each.id: Server(each.id, each.node.address) for each in members}
