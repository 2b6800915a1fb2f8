"""Parts of the ledger's pages: checkpoints, witnesses, records, verdicts."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.engines.ledger.queries import Entry, LogView, Verdict, Vouched
from twincity.kernel.ui import parts
from twincity.kernel.ui.parts import Tone
from twincity.kernel.ui.tables import Column, Table


def log_title(name: str) -> str:
    """What people call a log."""
    return {"public": _("Public log"), "exchange": _("Exchange log")}[name]


def standing(view: LogView) -> tuple[str, Tone]:
    """Whether the latest checkpoint has been witnessed, in a few words."""
    if not view.asked:
        return _("No witness in this circle"), "quiet"
    if view.witnessed is None:
        return _("Not witnessed yet"), "warn"
    behind = view.size - view.witnessed.size
    if behind:
        return _("Waiting for witnesses: %(n)s") % {"n": behind}, "busy"
    return _("Witnessed"), "good"


def log_facts(view: LogView) -> list[tuple[Any, Any]]:
    """Size, checkpoint and signer of a log."""
    at = view.latest
    return [
        (_("Records"), view.size),
        (_("Latest checkpoint"), format_html("{} {}", at.size, parts.pill(*standing(view)))),
        (_("Root hash"), parts.ident(at.root)),
        (_("Signed by"), format_html("<code>{}<wbr>/{}</code>", *view.origin.rsplit("/", 1))),
        (_("Signed by key"), format_html("<code>{}</code>", at.key_id)),
    ]


def witnesses_table(view: LogView) -> Table:
    """Who vouches for the newest witnessed checkpoint."""
    rows = view.witnessed.vouched if view.witnessed else view.latest.vouched
    columns = [
        Column(_("Witness"), lambda row: format_html("<code>{}</code>", row.member)),
        Column(_("Jurisdiction"), _jurisdiction),
        Column(_("Cosigned"), lambda row: parts.instant(row.at * 1000)),
    ]
    return Table(columns, rows, empty=_("Nobody has cosigned yet"), caption=_("Cosignatures"))


def entries_table(name: str, rows: list[Entry], /, **tools: Any) -> Table:
    """Records, each leading to its page; ``tools`` as :class:`Table` takes them."""
    columns = [
        Column(_("Entry"), lambda row: parts.link(reverse("ledger-record", args=[name, row.index]), row.index)),
        Column(_("Kind"), lambda row: kind(row.kind)),
        Column(_("Time"), lambda row: parts.instant(row.at)),
        Column(_("Bytes"), "length", "number"),
        Column(_("Leaf hash"), "leaf", "id"),
    ]
    return Table(columns, rows, empty=_("Nothing has been recorded yet"), caption=_("Records"), **tools)


def entry_facts(view: LogView, row: Entry) -> list[tuple[Any, Any]]:
    """One record and where it stands."""
    covered = view.witnessed.size if view.witnessed else 0
    state = parts.pill(_("Witnessed"), "good") if row.index < covered else parts.pill(_("Not witnessed yet"), "busy")
    shown = [
        (_("Entry"), row.index),
        (_("Kind"), kind(row.kind)),
        (_("Time"), parts.instant(row.at)),
        (_("State"), state),
        (_("Bytes"), row.length),
        (_("Leaf hash"), parts.ident(row.leaf)),
        (_("Published in"), parts.link(f"/log/{view.name}/{row.bundle}", row.bundle)),
    ]
    return [*shown, (_("Commitment"), parts.ident(row.published))] if row.private else shown


def verdict_facts(found: Verdict) -> list[tuple[Any, Any]]:
    """What a verification covered."""
    last = found.size - 1
    part = _("all %(n)s records") % {"n": found.size}
    if found.first:
        part = _("the checkpoint, and records %(first)s to %(last)s") % {"first": found.first, "last": last}
    facts = [
        (_("Recomputed"), part),
        (_("Root hash"), parts.ident(found.root)),
        (_("Cosignatures that hold"), ", ".join(found.vouched)),
        (_("At"), parts.instant(found.at)),
        (_("Took"), _("%(n)s s") % {"n": found.seconds}),
    ]
    return facts + ([(_("Not covered yet"), found.beyond)] if found.beyond else [])


def kind(code: str) -> Any:
    """A record's kind in words, or its own code when it is one of another unit's."""
    words = {
        "exchange": _("Exchange"),
        "agreement": _("Agreement"),
        "charter": _("Charter"),
        "entity-statement+jwt": _("Member statement"),
        "tc-keys+jwt": _("Key statement"),
        "trust-mark+jwt": _("Trust mark"),
        "tc-revocation+jwt": _("Revocation"),
        "tc-standard+jwt": _("Standard"),
        "tc-dataset+jwt": _("Dataset"),
        "tc-service+jwt": _("Service"),
        "tc-withdrawal+jwt": _("Withdrawal"),
    }
    return words.get(code) or (format_html("<code>{}</code>", code) if code else None)


def _jurisdiction(row: Vouched) -> SafeString:
    return format_html("<span>{} {}</span>", row.jurisdiction, parts.pill(_("other"), "good") if row.abroad else "")
