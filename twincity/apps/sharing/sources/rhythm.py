"""When the next delivery of a dataset is due, and by how much it is late."""

from __future__ import annotations

import calendar
import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from twincity.engines.catalogue.facade import Rhythm

FILE = Path(__file__).resolve().parents[1] / "data" / "sources" / "rhythms.toml"


def due(last: date, rhythm: Rhythm) -> date | None:
    """The last day on which the next delivery is in time; None when there is no rhythm.

    Days and weeks are counted; months end on the same day of the month, or on its last.
    """
    step = _steps()[rhythm]
    if not step["days"] and not step["months"]:
        return None
    return _months(last, step["months"]) + timedelta(days=step["days"] + step["grace"])


def late(last: date, rhythm: Rhythm, today: date) -> int:
    """Days since the next delivery was due; 0 while it is not."""
    end = due(last, rhythm)
    return max(0, (today - end).days) if end else 0


def _months(day: date, count: int) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@cache
def _steps() -> dict[str, dict[str, int]]:
    return {each["rhythm"]: each for each in tomllib.loads(FILE.read_text("utf-8"))["step"]}
