"""Small pieces of pages as safe HTML, for tags in templates and for cells built in Python."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from twincity.kernel import clock

Tone = Literal["good", "warn", "bad", "info", "busy", "quiet"]
TONES = frozenset({"good", "warn", "bad", "info", "busy", "quiet"})
NONE = format_html('<span class="tc-none">{}</span>', "—")


def pill(text: object, tone: str = "quiet") -> SafeString:
    """A status in a word or two; the word carries the meaning, the tone only helps to find it.

    Raises:
        ValueError: for a tone that is not one of :data:`TONES`.
    """
    if tone not in TONES:
        raise ValueError(f"no tone {tone!r}")
    return format_html('<span class="tc-pill" data-tone="{}">{}</span>', tone, text)


def chip(text: object, href: str = "", remove: str = "") -> SafeString:
    """A tag, or a value that narrows a listing: a link to what carries it, and to the listing without it."""
    shown = link(href, text) if href else text
    label = _("Remove %(what)s") % {"what": text}
    cross = format_html('<a class="tc-remove" href="{}" aria-label="{}"></a>', remove, label) if remove else ""
    return format_html('<span class="tc-chip">{}{}</span>', shown, cross)


def ident(value: object, href: str = "", keep: int = 8) -> SafeString:
    """An identifier or hash: monospace, cut in the middle to ``keep`` characters at each end, copyable in full."""
    full = str(value)
    if not full:
        return NONE
    shown = full if len(full) <= 2 * keep + 3 else f"{full[:keep]}…{full[-keep:]}"
    text = format_html('<code title="{}">{}</code>', full, shown)
    if href:
        text = link(href, text)
    return format_html('<tc-copy class="tc-id" value="{}">{}</tc-copy>', full, text)


def instant(value: datetime | float | None, style: str = "second") -> SafeString:
    """An instant in the portal's zone; the UTC form stays in ``datetime`` and in the title.

    Args:
        value: an aware datetime, milliseconds since 1970, or None.
        style: ``second``, ``minute`` or ``date``.
    """
    if value is None:
        return NONE
    moment = value if isinstance(value, datetime) else clock.instant(int(value))
    exact = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    local = timezone.localtime(moment).strftime(_FORMATS[style])
    return format_html('<time datetime="{}" title="{}">{}</time>', exact, exact, local)


_FORMATS = {"second": "%Y-%m-%d %H:%M:%S", "minute": "%Y-%m-%d %H:%M", "date": "%Y-%m-%d"}


def link(href: str, text: object) -> SafeString:
    """A link."""
    return format_html('<a href="{}">{}</a>', href, text)


def yes_no(value: object) -> SafeString:
    """Yes or no as a pill."""
    return pill(_("Yes"), "good") if value else pill(_("No"))


def shown(value: object) -> object:
    """What a cell or a fact shows for a value: instants, truth and nothing get their usual form."""
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return yes_no(value)
    return instant(value) if isinstance(value, datetime) else value
