"""Members, the charter they stand under, and entries of their logs that were not accepted."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from twincity.engines.circle.queries import CircleView, MemberView
from twincity.engines.circle.tables.words import local, permits_cell, state_cell, witnessed
from twincity.kernel.ui import parts
from twincity.kernel.ui.tables import Column, Table


def address(name: str) -> str:
    """Path of a member's page."""
    return reverse("circle-member", args=[name])


def title(view: CircleView, name: str) -> str:
    """What a member is called, or its id when the directory has none of that name."""
    found = view.find(name)
    return local(found.member.node.title) if found else name


def charter_facts(view: CircleView) -> list[tuple[Any, Any]]:
    """Name, version, threshold, anchors, term and fingerprint of the charter in force."""
    charter, limits = view.charter, view.charter.freshness
    anchors = [(address(each.id), local(each.title)) for each in charter.anchors]
    span = {"critical": _duration(limits.critical), "normal": _duration(limits.normal)}
    return [
        (_("Name"), charter.circle),
        (_("Version"), charter.version),
        (_("Anchors"), format_html_join(" · ", '<a href="{}">{}</a>', anchors)),
        (_("Signatures needed"), _("%(m)s of %(n)s anchors") % {"m": charter.threshold, "n": len(charter.anchors)}),
        (_("Valid from"), parts.instant(charter.issued * 1000, "date")),
        (_("Valid until"), parts.instant(charter.expires * 1000, "date")),
        (_("Freshness"), _("critical services: %(critical)s, normal ones: %(normal)s") % span),
        (_("Fingerprint (SHA-256)"), parts.ident(view.digest)),
    ]


def tally(view: CircleView) -> list[tuple[str, str]]:
    """How many members are in which state, as (text, tone) for pills; empty states are left out."""
    count = Counter(each.state for each in view.members)
    near = count["own"] + count["reachable"]
    lines = [
        (near, ngettext("%(n)s reachable", "%(n)s reachable", near), "good"),
        (count["unreachable"], ngettext("%(n)s out of reach", "%(n)s out of reach", count["unreachable"]), "warn"),
        (count["unknown"], ngettext("%(n)s not yet heard of", "%(n)s not yet heard of", count["unknown"]), "quiet"),
        (count["expired"], ngettext("%(n)s expired", "%(n)s expired", count["expired"]), "bad"),
        (count["forked"], ngettext("%(n)s forked log", "%(n)s forked logs", count["forked"]), "bad"),
    ]
    return [(text % {"n": number}, tone) for number, text, tone in lines if number]


def members_table(view: CircleView) -> Table:
    """All members with their live state."""
    columns = [
        Column(_("Member"), _named),
        Column(_("Territory"), lambda row: row.member.node.division),
        Column(_("Admitted by"), lambda row: title(view, row.member.issuer) if row.member.issuer else _("Charter")),
        Column(_("State"), state_cell),
        Column(_("Directory witnessed"), lambda row: witnessed(row.freshness)),
        Column(_("Services it permits"), lambda row: permits_cell(row.freshness)),
        Column(_("Log entries"), lambda row: row.log.size, "number"),
    ]
    return Table(columns, view.members, caption=_("Members of the circle"))


def member_facts(view: CircleView, row: MemberView) -> list[tuple[Any, Any]]:
    """All that is known of one member."""
    member, node = row.member, row.member.node
    issuer = parts.link(address(member.issuer), title(view, member.issuer)) if member.issuer else _("Charter")
    witnesses = [(address(name), title(view, name)) for name in row.log.witnesses]
    facts = [
        (_("Member"), format_html("<code>{}</code>", member.id)),
        (_("State"), state_cell(row)),
        (_("Territory (GB/T 2260)"), node.division),
        (_("Jurisdiction"), node.jurisdiction),
        (_("Address"), node.address),
        (_("Admitted by"), issuer),
        (_("Statement valid until"), parts.instant(member.exp * 1000)),
        (_("May admit"), _levels(node.admits)),
        (_("Trust marks"), _marks(row)),
        (_("Directory witnessed"), witnessed(row.freshness)),
        (_("Services it permits"), permits_cell(row.freshness)),
        (_("Public log"), format_html("<code>{}<wbr>/public</code>", member.id)),
        (_("Entries followed"), row.log.size),
        (_("Latest checkpoint cosigned by"), format_html_join(" · ", '<a href="{}">{}</a>', witnesses)),
        (_("Root key"), parts.ident(member.root.kid, keep=11)),
    ]
    return facts + ([(_("Last failure"), _failure(row.log.error))] if row.log.error else [])


def ignored_table(view: CircleView) -> Table:
    """Entries of public logs that the directory could not accept, latest first."""
    language = get_language() or ""
    columns = [
        Column(_("Log"), lambda row: title(view, row.owner)),
        Column(_("Entry"), "index", "number"),
        Column(_("Why it was not accepted"), lambda row: row.reason.text(language)),
        Column(_("Field"), lambda row: row.reason.field and format_html("<code>{}</code>", row.reason.field)),
    ]
    return Table(columns, view.ignored, caption=_("Entries that were not accepted"))


def _named(row: MemberView) -> SafeString:
    link = parts.link(address(row.member.id), local(row.member.node.title))
    anchor = parts.pill(_("Anchor"), "info") if row.anchor else ""
    name = parts.ident(row.member.id, keep=40)
    return format_html('<span><span class="tc-circle-name">{} {}</span> {}</span>', link, anchor, name)


def _marks(row: MemberView) -> SafeString | str:
    marks = row.member.marks.values()
    lines = ((mark.id, mark.iss, parts.instant(mark.exp * 1000, "date")) for mark in marks)
    return format_html_join("", "<div>{} <small>{} · {}</small></div>", lines)


def _failure(code: str) -> str:
    return {"Unreachable": _("No connection"), "TimedOut": _("No answer in time")}.get(code, code)


def _levels(admits: int) -> str:
    if not admits:
        return _("Nobody")
    return ngettext("%(n)s level below itself", "%(n)s levels below itself", admits) % {"n": admits}


def _duration(seconds: int) -> str:
    if seconds < 7200:
        return _("%(n)s min") % {"n": seconds // 60}
    return _("%(n)s days") % {"n": seconds // 86_400} if seconds >= 172_800 else _("%(n)s h") % {"n": seconds // 3600}
