"""Units of local tables and the exact factors between them, from ``data/units.toml``."""

from __future__ import annotations

import tomllib
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import msgspec

from twincity.kernel.locale_text import LocalText

DATA = Path(__file__).parents[2] / "data" / "units.toml"
MOST_DIGITS = 30
_EXACT = Context(prec=400)


class Unit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One unit.

    Attributes:
        names: the first is its UCUM code where there is one, and what mappings write; the others are taken as well.
        factor: value of one unit in the base of its quantity, as a fraction: ``2000/3``.
        offset: base value at zero of the unit, as a fraction.
        source: where the factor was taken from.
    """

    names: tuple[str, ...]
    title: LocalText
    quantity: str
    factor: str
    offset: str = "0"
    source: str
    since: str = ""


class Refused(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names between which nothing is converted, and why not."""

    names: tuple[str, ...]
    reason: LocalText


class Units(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table."""

    date: str
    units: tuple[Unit, ...]
    refused: tuple[Refused, ...] = ()

    def find(self, name: str) -> Unit | None:
        """The unit of a name."""
        return next((each for each in self.units if name in each.names), None)

    def reason(self, name: str) -> LocalText | None:
        """Why a name is not converted at all."""
        return next((each.reason for each in self.refused if name in each.names), None)


@cache
def _read() -> Units:
    return msgspec.convert(tomllib.loads(DATA.read_text("utf-8")), Units)


UNITS = _read
"""The table of units; read from its file once."""


def convert(value: Decimal, source: Unit, target: Unit, digits: int) -> str:
    """A value in another unit of the same quantity, as plain text without superfluous zeros.

    Exact where the result is a finite decimal of at most :data:`MOST_DIGITS` digits after the point; otherwise rounded
    to ``digits`` of them, ties to the even one.
    """
    factor, shift = _between(source, target)
    found = Fraction(value) * factor + shift
    shown = Decimal(found.numerator) if found.denominator == 1 else _decimal(found, digits)
    text = format(shown, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


@cache
def _between(source: Unit, target: Unit) -> tuple[Fraction, Fraction]:
    """What a value is multiplied with, and what is added then."""
    into = Fraction(target.factor)
    return Fraction(source.factor) / into, (Fraction(source.offset) - Fraction(target.offset)) / into


def _decimal(found: Fraction, digits: int) -> Decimal:
    exact = found * 10**MOST_DIGITS
    places = MOST_DIGITS if exact.denominator == 1 else digits
    scaled = round(found * 10**places)  # of a Fraction: ties go to the even neighbour
    return Decimal(scaled).scaleb(-places, _EXACT).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, _EXACT)
