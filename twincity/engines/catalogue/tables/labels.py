"""The words that pages use for grades, kinds of quality, verdicts, types and rhythms."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from twincity.engines.catalogue.rules import Source
from twincity.engines.catalogue.rules.model import PER_MILLE, Check
from twincity.kernel.locale_text import LocalText
from twincity.kernel.ui import parts

GRADES = {
    "general-1": (_("General, level 1"), "quiet"),
    "general-2": (_("General, level 2"), "quiet"),
    "general-3": (_("General, level 3"), "info"),
    "general-4": (_("General, level 4"), "info"),
    "important": (_("Important"), "warn"),
    "core": (_("Core"), "bad"),
}
"""Grades of GB/T 43697-2024."""
QUALITIES = {
    "accuracy": _("Accuracy"),
    "completeness": _("Completeness"),
    "consistency": _("Consistency"),
    "timeliness": _("Timeliness"),
    "conformity": _("Conformity"),
    "accessibility": _("Accessibility"),
}
"""Kinds of quality of GB/T 36344-2018."""
VERDICTS = {
    "passed": (_("Passed"), "good"),
    "failed": (_("Not passed"), "warn"),
    "cancelled": (_("Cancelled"), "quiet"),
    "empty": (_("No rows"), "quiet"),
}
TYPES = {
    "string": _("text"),
    "integer": _("whole number"),
    "decimal": _("decimal number"),
    "date": _("date"),
    "datetime": _("instant"),
    "code": _("code"),
    "boolean": _("yes or no"),
    "point": _("longitude, latitude"),
}
CHECKS = {
    "filled": _("a field is filled"),
    "matches": _("a field matches a pattern"),
    "among": _("a field is one of several values"),
    "unique": _("no two rows agree in some fields"),
    "reference": _("a field refers to a column or set"),
    "ordered": _("a field is at most another"),
    "starts-with": _("a field begins with another"),
    "fresh": _("the newest date is not too old"),
    "delivered": _("enough rows can be read"),
}
PRECISIONS = {"day": "", "month": _("month at least"), "year": _("year at least")}
RHYTHMS = {
    "continuous": _("continuously"),
    "daily": _("daily"),
    "weekly": _("weekly"),
    "monthly": _("monthly"),
    "quarterly": _("quarterly"),
    "annual": _("yearly"),
    "irregular": _("as needed"),
}


def check_kind(check: Check) -> Any:
    """What has to hold, in words."""
    return CHECKS[str(check.__struct_config__.tag)]


def local(text: LocalText | dict[str, Any]) -> str:
    """A text in the language of the page."""
    found = text if isinstance(text, LocalText) else msgspec.convert(text, LocalText)
    return found.in_language(get_language() or "")


def percent(score: int | None) -> SafeString | str:
    """A share in per mille as a percentage; a dash when there is none."""
    if score is None:
        return parts.NONE
    whole, tenth = divmod(score * 100, PER_MILLE)
    return f"{whole}.{tenth * 10 // PER_MILLE}%"


def source(found: Source | None) -> SafeString | str:
    """Standard and article, marked when nobody has checked it against the text itself."""
    if found is None:
        return parts.NONE
    text = f"{found.standard} {found.article}".strip()
    return text if found.verified else format_html("<span>{} {}</span>", text, parts.pill(_("not verified"), "quiet"))


def whole(value: str) -> SafeString:
    """An identifier that people compare letter by letter: never cut, so it breaks over lines on a phone."""
    return format_html('<tc-copy value="{}"><code>{}</code></tc-copy>', value, value)
