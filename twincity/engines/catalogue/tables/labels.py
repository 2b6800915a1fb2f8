"""The words that pages use for grades, kinds of quality, verdicts, types and rhythms."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from twincity.engines.catalogue.rules import Source
from twincity.engines.catalogue.rules.model import PER_MILLE
from twincity.kernel.locale_text import LocalText
from twincity.kernel.ui import parts

GRADES = {
    "general-1": (lazy("General, level 1"), "quiet"),
    "general-2": (lazy("General, level 2"), "quiet"),
    "general-3": (lazy("General, level 3"), "info"),
    "general-4": (lazy("General, level 4"), "info"),
    "important": (lazy("Important"), "warn"),
    "core": (lazy("Core"), "bad"),
}
"""Grades of GB/T 43697-2024."""
QUALITIES = {
    "accuracy": lazy("Accuracy"),
    "completeness": lazy("Completeness"),
    "consistency": lazy("Consistency"),
    "timeliness": lazy("Timeliness"),
    "conformity": lazy("Conformity"),
    "accessibility": lazy("Accessibility"),
}
"""Kinds of quality of GB/T 36344-2018."""
VERDICTS = {
    "passed": (lazy("Passed"), "good"),
    "failed": (lazy("Not passed"), "warn"),
    "cancelled": (lazy("Cancelled"), "quiet"),
    "empty": (lazy("No rows"), "quiet"),
}
TYPES = {
    "string": lazy("text"),
    "integer": lazy("whole number"),
    "decimal": lazy("decimal number"),
    "date": lazy("date"),
    "datetime": lazy("instant"),
    "code": lazy("code"),
    "boolean": lazy("yes or no"),
    "point": lazy("longitude, latitude"),
}
PRECISIONS = {"day": "", "month": lazy("month at least"), "year": lazy("year at least")}
RHYTHMS = {
    "continuous": lazy("continuously"),
    "daily": lazy("daily"),
    "weekly": lazy("weekly"),
    "monthly": lazy("monthly"),
    "quarterly": lazy("quarterly"),
    "annual": lazy("yearly"),
    "irregular": lazy("as needed"),
}


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
    return text if found.verified else format_html("{} {}", text, parts.pill(_("not verified"), "quiet"))
