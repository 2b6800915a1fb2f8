"""Values of one field: made up, tried by the field's own tests, and the first good one taken."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from twincity.engines.catalogue.rules.columns import tests
from twincity.engines.catalogue.rules.model import Field, Standard
from twincity.engines.catalogue.rules.samples.texts import text_matching
from twincity.engines.catalogue.rules.values import first_day

TRIES = 40
LONGEST = 2000
"""Longest text that is made up."""
SPAN = 1000
_WORDS = ("示例", "样本", "试用", "甲", "乙", "丙", "丁", "sample", "test", "demo")


class Anything(Container[str]):
    """Stands for a set of values that is kept elsewhere and not at hand."""

    def __contains__(self, value: object) -> bool:
        return True


class Maker:
    """Makes values of one field."""

    def __init__(self, field: Field, standard: Standard, sets: Mapping[str, Container[str]], today: date) -> None:
        self.field, self.today = field, today
        self._allowed = sorted(standard.allowed(field.values, field.codes) or ())
        self._tests = [test for _, test in tests(field, standard, sets)]
        self._count = 0
        self._hopeless: set[str] = set()

    def fits(self, value: str) -> bool:
        """Whether a filled value passes the field's tests."""
        return value != "" and all(test(value) for test in self._tests)

    def make(self, random: Random) -> str:
        """A value that fits; empty when none was found."""
        if "" in self._hopeless:
            return ""
        for candidate in self._candidates(random):
            if self.fits(candidate):
                return candidate
        self._hopeless.add("")
        return ""

    def matching(self, pattern: str, random: Random) -> str:
        """A value that fits and most likely matches a further pattern; empty when none was found."""
        if pattern in self._hopeless:
            return ""
        found = next((text for _ in range(TRIES) if self.fits(text := text_matching(pattern, random))), "")
        if not found:
            self._hopeless.add(pattern)
        return found

    def _candidates(self, random: Random) -> Iterator[str]:
        for _ in range(TRIES):
            self._count += 1
            if self._allowed:
                yield random.choice(self._allowed)
            elif self.field.pattern:
                yield text_matching(self.field.pattern, random)
            else:
                with suppress(ValueError, ArithmeticError):  # limits at the edge of what the type can count to
                    yield self._typed(random)

    def _typed(self, random: Random) -> str:
        kind = self.field.type
        if kind in {"integer", "decimal"}:
            return self._number(random)
        if kind in {"date", "datetime"}:
            return self._moment(random)
        if kind == "boolean":
            return random.choice(("true", "false"))
        if kind == "point":
            return f"{random.randint(10500, 11000) / 100},{random.randint(2800, 3200) / 100}"
        return self._words(random)

    def _number(self, random: Random) -> str:
        low, high = self.field.minimum, self.field.maximum
        least = Decimal(low) if low else (Decimal(high) - SPAN if high else Decimal(0))
        most = Decimal(high) if high else least + SPAN
        if self.field.type == "integer":
            return str(random.randint(int(least), max(int(most), int(least))))
        part = (most - least) * random.randint(0, 100) / 100 + least
        return _written(random.choice((round(part, 2), part, least, most)))

    def _moment(self, random: Random) -> str:
        low, high = _day(self.field.minimum), _day(self.field.maximum)
        least = low or min(high or self.today, self.today) - timedelta(days=SPAN)
        most = high or max(self.today, least)
        day = least + timedelta(days=random.randint(0, max((most - least).days, 0)))
        if self.field.type == "date":
            return day.isoformat()
        limits = [limit for limit in (self.field.minimum, self.field.maximum) if limit]
        return random.choice([f"{day}T{random.randint(0, 23):02}:30:00+08:00", *limits])

    def _words(self, random: Random) -> str:
        low, high = min(self.field.min_length, LONGEST), self.field.max_length
        text = f"{random.choice(_WORDS)}{self._count}"
        if len(text) < low:
            text += "样" * (low - len(text))
        if high is not None and len(text) > high:
            text = "".join(random.choice("甲乙丙丁戊己庚辛0123456789") for _ in range(max(high, 1)))
        return text


def _day(text: str) -> date | None:
    return first_day(text[:10]) if text else None


def _written(number: Decimal) -> str:
    return format(number, "f")
