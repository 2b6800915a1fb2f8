"""What a steward does with registered sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from twincity.apps.sharing.queries import sources as queries
from twincity.apps.sharing.services import sources
from twincity.engines.catalogue import facade as catalogue
from twincity.kernel.locale_text import LocalText
from twincity.kernel.operations import operation
from twincity.kernel.problems import INVALID, Problem


class Where(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A file of this machine, or a table of a database that ``node.toml`` names."""

    path: str = ""
    source: str = ""
    table: str = ""


class Register(Where, forbid_unknown_fields=True, kw_only=True):
    """Where the data lie and what they are; see :class:`sources.Registration`."""

    name: str
    title: LocalText
    licence: str
    description: LocalText | None = None
    rhythm: catalogue.Rhythm = "irregular"
    standard: str = ""
    mapping: dict[str, str] = {}
    department: str = ""
    division: str = ""
    made_from: tuple[str, ...] = ()


class Deliver(Where, forbid_unknown_fields=True, kw_only=True):
    """Newer data for a source."""

    name: str


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """A source by name; ``offer`` false only checks it.

    Attributes:
        sets: values by id of the sets outside of the standard that it refers to.
    """

    name: str
    offer: bool = True
    sets: dict[str, tuple[str, ...]] = {}


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters."""


@operation("sharing.register")
def register(given: Register) -> dict[str, Any]:
    """Register a file or a table as a dataset, without code; nothing is published yet but a drafted standard."""
    version = sources.register(
        _draft(given),
        sources.Registration(
            name=given.name,
            title=given.title,
            description=given.description or given.title,
            licence=given.licence,
            rhythm=given.rhythm,
            standard=given.standard,
            mapping=given.mapping,
            department=given.department,
            division=given.division,
            made_from=given.made_from,
        ),
    )
    return _version(version)


@operation("sharing.deliver")
def deliver(given: Deliver) -> dict[str, Any]:
    """Add a version to a registered source."""
    return _version(sources.deliver(queries.source(given.name), _draft(given)))


@operation("sharing.publish-source")
def publish_source(given: Named) -> dict[str, Any]:
    """Check the newest version of a source in a process of its own, and publish dataset and service."""
    found: dict[str, Any] = msgspec.to_builtins(sources.publish_source(given.name, offer=given.offer, sets=given.sets))
    return found


@operation("sharing.sources")
def listed(_given: Nothing) -> list[dict[str, Any]]:
    """Registered sources with their newest versions and the days by which they are late."""
    return [
        {
            "name": each.name,
            "kind": each.kind,
            "standard": each.standard,
            "published": each.published,
            "late": queries.days_late(each),
            **_version(queries.newest(each)),
        }
        for each in queries.sources()
    ]


def _draft(given: Where) -> sources.Draft:
    if bool(given.path) == bool(given.source and given.table):
        raise Problem(INVALID, field="path", name="path", reason="path, or source and table")
    return sources.draft_of_file(Path(given.path)) if given.path else sources.draft_of_table(given.source, given.table)


def _version(found: Any) -> dict[str, Any]:
    if found is None:
        return {}
    names = ("number", "rows", "size", "digest", "fingerprint", "mapping")
    return {name: getattr(found, name) for name in names}
