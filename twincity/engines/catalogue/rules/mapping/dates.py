"""Dates and instants as local tables write them, in the letters of Unicode TR 35."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache

DATE_FORMS = (
    "yyyy-MM-dd",
    "yyyy/M/d",
    "yyyy.M.d",
    "yyyyMMdd",
    "yyyy年M月d日",
    "d/M/yyyy",
    "yyyy-MM",
    "yyyy/M",
    "yyyyMM",
    "yyyy年M月",
    "yyyy",
    "yyyy年",
    "yyyy-MM-dd HH:mm:ss",
    "yyyy/M/d H:mm",
    "yyyy/M/d H:mm:ss",
    "yyyyMMddHHmmss",
)
"""Forms that pages offer; a mapping may state any other of the same letters."""
LONGEST_FORM = 40
_LETTERS = {
    "yyyy": "(?P<y>[0-9]{4})",
    "MM": "(?P<M>[0-9]{2})",
    "M": "(?P<M>[0-9]{1,2})",
    "dd": "(?P<d>[0-9]{2})",
    "d": "(?P<d>[0-9]{1,2})",
    "HH": "(?P<H>[0-9]{2})",
    "H": "(?P<H>[0-9]{1,2})",
    "mm": "(?P<m>[0-9]{2})",
    "ss": "(?P<s>[0-9]{2})",
}
_TOKEN = re.compile("yyyy|MM?|dd?|HH?|mm|ss|[^A-Za-z]")
_OFFSET = re.compile(r"[+-](?:0[0-9]|1[0-4]):[0-5][0-9]")


def form_fault(form: str) -> bool:
    """Whether a form cannot be used: other letters, one twice, or a part without the next larger one."""
    try:
        return len(form) > LONGEST_FORM or not _complete(_compiled(form).groupindex)
    except re.error:
        return True


def is_offset(text: str) -> bool:
    """Whether a text is an offset from UTC as ``+08:00``."""
    return _OFFSET.fullmatch(text) is not None


def read_moment(text: str, form: str, offset: str = "") -> str | None:
    """A local text in ISO 8601: a day, month or year, or an instant with the offset; None when of another form."""
    found = _compiled(form).fullmatch(text)
    if found is None:
        return None
    got = {name: int(value) for name, value in found.groupdict().items()}
    try:
        day = date(got["y"], got.get("M", 1), got.get("d", 1))
        if "H" not in got:
            return day.isoformat()[: {1: 4, 2: 7, 3: 10}[len(got)]]
        moment = datetime(day.year, day.month, day.day, got["H"], got.get("m", 0), got.get("s", 0))  # noqa: DTZ001  the offset follows as text
    except ValueError:
        return None
    return f"{moment.isoformat(timespec='seconds')}{offset}"


def _complete(groups: object) -> bool:
    order = "yMdHms"
    return "".join(sorted(groups, key=order.index)) in {order[:count] for count in (1, 2, 3, 4, 5, 6)}  # type: ignore[call-overload]


@cache
def _compiled(form: str) -> re.Pattern[str]:
    if "".join(_TOKEN.findall(form)) != form:
        raise re.error("letters", form)
    return re.compile("".join(_LETTERS.get(token, re.escape(token)) for token in _TOKEN.findall(form)))
