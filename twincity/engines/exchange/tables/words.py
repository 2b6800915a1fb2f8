"""Words for outcomes, and names of members."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from twincity.engines.circle import facade as circle
from twincity.kernel.ui import parts
from twincity.kernel.ui.parts import Tone

LAST = 253_402_214_400
"""9999-12-31, in seconds since 1970: the last day that Python's calendar has in every zone."""


def title(member: str) -> str:
    """What a member is called in the page's language; its id when the directory does not know it."""
    known = circle.directory().members.get(member) if circle.is_open() else None
    return known.node.title.in_language(get_language() or "") if known else member


def member_link(member: str) -> SafeString:
    """A member's title, leading to its page."""
    return parts.link(reverse("circle-member", args=[member]), title(member))


def moment(seconds: int, style: str = "second") -> SafeString:
    """An instant that a partner has named, in seconds since 1970; one beyond the calendar is shown as its end."""
    return parts.instant(min(max(seconds, 0), LAST) * 1000, style)


def tick(*, holds: bool) -> SafeString:
    """A tick or a cross, said in words to those who hear the page."""
    sign, tone, said = ("✓", "good", _("holds")) if holds else ("✗", "bad", _("does not hold"))
    seen, heard = '<span aria-hidden="true">{}</span>', '<span class="tc-unseen">{}</span>'
    return format_html('<span class="tc-tick" data-tone="{}">' + seen + heard + "</span>", tone, sign, said)


def outcome_words(code: str) -> tuple[str, Tone]:
    """What came of an exchange, and the tone; a problem without words of its own shows its code."""
    words: dict[str, tuple[str, Tone]] = {
        "ok": (_("Answered"), "good"),
        "unanswered": (_("No answer"), "warn"),
        "broken": (_("Broken off"), "warn"),
        "grant-missing": (_("No grant"), "bad"),
        "consent-missing": (_("No consent"), "bad"),
        "consent-withdrawn": (_("Consent withdrawn"), "bad"),
        "consent-expired": (_("Consent expired"), "bad"),
        "consent-narrower": (_("Not covered by the consent"), "bad"),
        "grant-rate": (_("Too frequent"), "warn"),
        "directory-stale": (_("Directory too old"), "warn"),
        "not-found": (_("Not found"), "quiet"),
        "invalid": (_("Invalid parameter"), "quiet"),
        "unknown-parameter": (_("Unknown parameter"), "quiet"),
        "unavailable": (_("Not available"), "warn"),
    }
    return words.get(code, (code, "bad"))


def outcome_cell(code: str, *, stale: bool) -> SafeString:
    """The outcome, and the mark that it rests on an old directory."""
    mark = parts.pill(_("Stale directory"), "warn") if stale else ""
    return format_html("<span>{} {}</span>", parts.pill(*outcome_words(code)), mark)
