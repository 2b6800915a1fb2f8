"""The rooms of a unit from the top floor down, and the packages that are named for what they are.

A room may import the rooms below it. A file or package that is neither a room nor listed here breaks ``make check``:
rename it to a room, or list it with the room that it stands beside and the reason why it is one of its own.
"""

from __future__ import annotations

from typing import NamedTuple

ROOMS = (
    ("apps", "demo"),
    ("urls", "admin", "wiring"),
    ("pages", "api", "jobs", "operations"),
    ("forms", "tables", "panels"),
    ("facade",),
    ("services",),
    ("queries",),
    ("models",),
    ("rules",),
)
TOGETHER = (("forms", "tables", "panels"),)
"""Rooms of one layer that may import each other; those of the other layers may not."""
BESIDE = ("migrations", "tests", "templatetags")
"""Packages of Django and pytest, outside the layers."""
DOORS = ("pages", "api", "jobs", "operations")
OPEN = ("facade", "urls", "wiring", "demo", "tests", "migrations")
"""Rooms of an engine that others may reach: callers the facade, the node the rest."""


class Named(NamedTuple):
    """A package outside the rooms."""

    unit: str
    name: str
    beside: str
    """The room in whose layer it stands; beside ``rules`` it holds no Django."""
    reason: str
    public: bool = False
    """Other units may import it; only for what needs no node at all."""


NAMED = (
    Named("apps.opendata", "faces", "rules", "DCAT-AP and CKAN packages over entries, and the writers of RDF"),
    Named("apps.sharing", "sources", "rules", "names, mappings, rhythms and limits of data registered without code"),
    Named("apps.dataspace", "protocol", "rules", "messages and state machines of the Dataspace Protocol"),
    Named("apps.dataspace", "wire", "rules", "how messages leave, and who a peer is"),
    Named("apps.sharing", "divisions", "rules", "the divisions of China through time, with their tables"),
    Named("apps.sharing", "duties", "rules", "who has to share what, and whether it is fulfilled"),
    Named("engines.identity", "accounts", "forms", "what allauth calls back: its adapter and its forms"),
    Named("engines.identity", "openid", "pages", "OpenID Connect both ways: what allauth calls back, and its guard"),
    Named("engines.identity", "passkeys", "forms", "what allauth asks for a passkey, loaded only when needed"),
    Named("engines.identity", "sessions", "pages", "middleware that ends sessions which may not go on"),
    Named("engines.ledger", "log", "rules", "the append-only log on disk, used by its writer and by every reader"),
    Named("engines.ledger", "verifier", "rules", "checks evidence offline, with nothing of a node", public=True),
    Named("engines.circle", "trust", "rules", "charter, statements and directory: the documents of the circle"),
    Named("engines.circle", "membership", "rules", "this node's own place in the circle, kept on disk"),
    Named("engines.catalogue", "documents", "rules", "what members publish of their data, as signed documents"),
    Named("engines.catalogue", "columnar", "rules", "large tables judged and read by columns, in child processes"),
    Named(
        "engines.exchange", "evidence", "rules", "the bundle that proves an exchange, and its offline verifier", True
    ),
    Named("engines.exchange", "delivery", "rules", "messages that wait: envelopes, order, the courier's file"),
    Named("engines.exchange", "agreement", "rules", "the text of a digital contract and its compiled terms"),
    Named("engines.exchange", "names", "rules", "names by which other protocols know members, systems and services"),
    Named("engines.exchange", "consent", "rules", "what people are asked and have consented to, and what it covers"),
    Named("engines.exchange", "odrl", "rules", "policies of the Open Digital Rights Language and their evaluation"),
    Named("engines.exchange", "wire", "rules", "the machine doors' core, from request to signed answer"),
)
