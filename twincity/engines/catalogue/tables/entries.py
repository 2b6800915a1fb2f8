"""Entries in lists, where they come from, and their versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.catalogue.models import Entry
from twincity.engines.catalogue.tables.labels import local, whole
from twincity.engines.circle import facade as circle
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table


def address(entry: Entry) -> str:
    """Path of an entry's page."""
    return reverse("catalogue-entry", args=[entry.owner, entry.kind, entry.name, entry.version])


def publisher(owner: str) -> str:
    """The title of a member, or its id when the directory does not know it."""
    member = circle.directory().members.get(owner) if circle.is_open() else None
    return local(member.node.title) if member else owner


def division(owner: str) -> str:
    """GB/T 2260 code of a member's territory; empty when the directory does not know it."""
    member = circle.directory().members.get(owner) if circle.is_open() else None
    return member.node.division if member else ""


def territories(chosen: str) -> list[tuple[str, str]]:
    """Code and name of the territories of all members, by code; and of the one chosen."""
    members = circle.directory().members.values() if circle.is_open() else ()
    found = {member.node.division: local(member.node.title) for member in members}
    if chosen:
        found.setdefault(chosen, chosen)
    return sorted(found.items())


def entries_table(entries: Iterable[Entry], empty: str, **tools: Any) -> Table:
    """A list of entries, each leading to its page; ``tools`` are those of :class:`Table`."""
    columns = [
        Column(_("Title"), lambda entry: parts.link(address(entry), local(entry.title))),
        Column(_("Kind"), lambda entry: parts.pill(entry.get_kind_display(), "quiet")),
        Column(_("Publisher"), lambda entry: publisher(entry.owner)),
        Column(_("Version"), "version"),
        Column(_("Published"), lambda entry: parts.instant(entry.published_at, "date")),
    ]
    return Table(columns, entries, empty=empty, caption=_("Entries of the catalogue"), **tools)


def provenance(entry: Entry) -> list[tuple[Any, Any]]:
    """Who published an entry, in which log and place, signed by which key."""
    return [
        (_("Identifier"), whole(entry.identifier)),
        (_("Publisher"), _member(entry.owner)),
        (_("Public log"), whole(f"{entry.owner}/public")),
        (_("Entry in the log"), entry.log_index),
        (_("Signed by key"), whole(entry.kid)),
        (_("Published"), parts.instant(entry.published_at)),
    ]


def versions_table(entries: Iterable[Entry]) -> Table:
    """All versions of an entry and what became of each."""
    columns = [
        Column(_("Version"), lambda entry: parts.link(address(entry), entry.version)),
        Column(_("Published"), lambda entry: parts.instant(entry.published_at)),
        Column(_("State"), _state),
        Column(_("Entry in the log"), "log_index", "number"),
    ]
    return Table(columns, entries, caption=_("Versions"))


def _member(owner: str) -> SafeString:
    title, place = publisher(owner), division(owner)
    shown = f"{title} ({place})" if place else title
    return format_html("{} {}", shown if shown != owner else "", whole(owner))


def _state(entry: Entry) -> SafeString:
    if entry.withdrawn_at:
        return parts.pill(_("Withdrawn"), "bad")
    return parts.pill(_("Superseded"), "quiet") if entry.superseded else parts.pill(_("In force"), "good")
