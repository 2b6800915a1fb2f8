"""Words for states and ages."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.engines.circle.queries import Freshness, MemberView
from twincity.kernel.locale_text import LocalText
from twincity.kernel.ui import parts
from twincity.kernel.ui.parts import Tone


def local(text: LocalText) -> str:
    """A text in the page's language."""
    return text.in_language(get_language() or "")


def ago(seconds: float) -> str:
    """A length of time before now, in its largest fitting unit."""
    whole = max(0, int(seconds))
    if whole < 120:
        return _("%(n)s s ago") % {"n": whole}
    if whole < 7200:
        return _("%(n)s min ago") % {"n": whole // 60}
    if whole < 172_800:
        return _("%(n)s h ago") % {"n": whole // 3600}
    return _("%(n)s days ago") % {"n": whole // 86_400}


def state_words(view: MemberView) -> tuple[str, Tone]:
    """State of a member in a word or two, and its tone."""
    words: dict[str, tuple[str, Tone]] = {
        "own": (_("This node"), "info"),
        "reachable": (_("Reachable"), "good"),
        "unreachable": (_("Out of reach"), "warn"),
        "unknown": (_("Not yet heard of"), "quiet"),
        "expired": (_("Statement expired"), "bad"),
        "forked": (_("Log contradicts itself"), "bad"),
    }
    return words[view.state]


def state_cell(view: MemberView) -> SafeString:
    """The state, with when the member was last heard of."""
    pill = parts.pill(*state_words(view))
    since = view.log.reached_at
    if view.own or not since:
        return pill
    heard = _("heard %(ago)s") % {"ago": ago(view.now - since)}
    if view.state == "unreachable":
        heard = format_html("{} {}", _("since"), parts.instant(since * 1000))
    return format_html('<span>{} <small class="tc-circle-since">{}</small></span>', pill, heard)


def permits_words(found: Freshness) -> tuple[str, Tone]:
    """Which classes of service the age of the directory permits."""
    if "critical" in found.permits:
        return _("Critical and normal"), "good"
    return (_("Normal only"), "warn") if found.permits else (_("None"), "bad")


def witnessed(found: Freshness) -> str:
    """When another jurisdiction vouched for the directory."""
    return _("never") if found.age is None else ago(found.age)


def permits_cell(found: Freshness) -> SafeString:
    """What the age of the directory permits, and whether evidence is marked."""
    mark = parts.pill(_("Evidence marked stale"), "warn") if found.stale and found.permits else ""
    return format_html("<span>{} {}</span>", parts.pill(*permits_words(found)), mark)
