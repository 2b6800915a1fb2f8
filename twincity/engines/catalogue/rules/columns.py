"""Compiling a field into a check of its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from typing import Any

from twincity.engines.catalogue.rules.model import Field, Quality, Standard
from twincity.engines.catalogue.rules.patterns import LONGEST_TEXT
from twincity.engines.catalogue.rules.report import Outcome
from twincity.engines.catalogue.rules.tally import Row, Shown, Tally
from twincity.engines.catalogue.rules.values import Test, as_text, not_greater, type_test
from twincity.kernel.locale_text import LocalText

RowCheck = Callable[[Row, int], None]
Sets = Mapping[str, Container[str]]
"""Sets of values that are kept outside the standard, by id."""
KNOWN_GOOD = 2048
"""Texts of a column that are remembered as good; columns of few values are then checked by one look-up."""

TITLES: dict[str, tuple[Quality, str, str]] = {
    "required": (Quality.COMPLETENESS, "{zh}必填", "{en} is filled"),
    "type": (Quality.CONFORMITY, "{zh}类型为 {type}", "{en} is of type {type}"),
    "length": (Quality.CONFORMITY, "{zh}长度 {min}–{max}", "{en} has {min} to {max} characters"),
    "pattern": (Quality.CONFORMITY, "{zh}符合格式 {pattern}", "{en} matches {pattern}"),
    "list": (Quality.CONFORMITY, "{zh}取自代码表", "{en} is in its code list"),
    "range": (Quality.ACCURACY, "{zh}在 {low}–{high} 之间", "{en} is between {low} and {high}"),
}


class Column:
    """One field's tests in their order; a value is judged by the first that it fails.

    Attributes:
        blank: empty cells so far.
        required: their count as failures, where the field is required.
        judged: each test with the count of what failed it.
    """

    def __init__(self, field: Field, standard: Standard, shown: Shown, sets: Sets) -> None:
        self.field = field
        self.blank = 0
        self.required = _tally(field, "required", shown) if field.required else None
        self.judged = [(_tally(field, name, shown), test) for name, test in tests(field, standard, sets)]

    def compiled(self) -> RowCheck:
        """The check of one row."""
        name, listed, good = self.field.name, self.judged, set[str]()

        def check(row: Row, number: int) -> None:
            value = row.get(name)
            if value.__class__ is str and value in good:
                return
            if value is None or value == "":  # is_blank() without the call, which would cost a tenth of the run
                self._missing(row, number)
                return
            for tally, test in listed:
                if not test(value):
                    tally.fail(row, number, name, value)
                    return
            if value.__class__ is str and len(good) < KNOWN_GOOD:
                good.add(value)

        return check

    def _missing(self, row: Row, number: int) -> None:
        self.blank += 1
        if self.required:
            self.required.fail(row, number, self.field.name, "")

    def outcomes(self, rows: int) -> list[Outcome]:
        """Results after all rows."""
        found: list[Outcome] = []
        if self.required:
            self.required.checked = rows
            found.append(self.required.outcome())
        left = rows - self.blank
        for tally, _ in self.judged:
            tally.checked = left
            left -= tally.failed
            found.append(tally.outcome())
        return found


def tests(field: Field, standard: Standard, sets: Sets) -> list[tuple[str, Test]]:
    """The tests that a filled value of a field has to pass, named as in :data:`TITLES`."""
    found: list[tuple[str, Test]] = [("type", type_test(field))]
    if field.min_length or field.max_length is not None:
        found.append(("length", _length_test(field)))
    if field.pattern:
        found.append(("pattern", matches(field.pattern)))
    allowed = allowed_values(standard, sets, field.values, field.codes)
    if allowed is not None:
        found.append(("list", lambda value: as_text(value) in allowed))
    if field.minimum or field.maximum:
        found.append(("range", _range_test(field)))
    return found


def allowed_values(standard: Standard, sets: Sets, values: tuple[str, ...], codes: str) -> Container[str] | None:
    """An enumeration, a list of the standard or an external set; None when no list is named."""
    own = standard.allowed(values, codes)
    return own if own is not None or not codes else sets[codes]


def matches(pattern: str) -> Test:
    """A test of a value's whole text against a regular expression; texts beyond ``LONGEST_TEXT`` match none."""
    match = re.compile(pattern).fullmatch

    def test(value: Any) -> bool:
        text = value if value.__class__ is str else as_text(value)
        return len(text) <= LONGEST_TEXT and match(text) is not None

    return test


def _length_test(field: Field) -> Test:
    low, high = field.min_length, field.max_length
    if high is None:
        return lambda value: len(as_text(value)) >= low
    return lambda value: low <= len(as_text(value)) <= high


def _range_test(field: Field) -> Test:
    not_above, low, high = not_greater(field.type), field.minimum, field.maximum
    if not high:
        return lambda value: not_above(low, value)
    if not low:
        return lambda value: not_above(value, high)
    return lambda value: not_above(low, value) and not_above(value, high)


def _tally(field: Field, name: str, shown: Shown) -> Tally:
    kind, zh, en = TITLES[name]
    words = {
        "type": field.type,
        "min": field.min_length,
        "max": "∞" if field.max_length is None else field.max_length,
        "pattern": field.pattern,
        "low": field.minimum or "-∞",
        "high": field.maximum or "∞",
    }
    title = LocalText(zh=zh.format(zh=field.title.zh, **words), en=en.format(en=field.title.en, **words))
    return Tally(shown, f"{field.name}.{name}", kind, title, source=field.source)
