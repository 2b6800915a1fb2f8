"""Fields that several forms share."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import get_language

from twincity.engines.circle import facade as circle
from twincity.engines.exchange.tables.words import LAST
from twincity.kernel import clock

_SEPARATORS = re.compile(r"[\s,;，、；]+")


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class NamesField(forms.CharField):
    """Names or values separated by commas or blanks, of either script; cleans to a tuple."""

    def clean(self, value: str) -> tuple[str, ...]:
        return split(super().clean(value))


def split(text: str) -> tuple[str, ...]:
    """The parts of a list that somebody typed."""
    return tuple(dict.fromkeys(part for part in _SEPARATORS.split(text) if part))


def today() -> date:
    """The present day in the portal's zone."""
    return timezone.localdate(clock.now())


def day_of(seconds: int) -> date:
    """The day of an instant in the portal's zone."""
    return timezone.localdate(clock.instant(min(seconds, LAST) * 1000))


def end_of(day: date) -> int:
    """The last second of a day in the portal's zone, in seconds since 1970."""
    following = datetime.combine(day + timedelta(days=1), time(), timezone.get_default_timezone())
    return int(following.timestamp()) - 1


def member_choices(nobody: object, *, others: bool = False) -> list[tuple[str, object]]:
    """Members of the circle by id with their titles, behind an empty choice; ``others`` leaves out this node."""
    known = circle.directory().members if circle.is_open() else {}
    own = circle.member_id() if known and others else ""
    language = get_language() or ""
    titles = {name: known[name].node.title.in_language(language) for name in sorted(known) if name != own}
    return [("", nobody), *((name, f"{title} ({name})") for name, title in titles.items())]
