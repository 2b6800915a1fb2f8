"""What a structured field value is made of (RFC 9651 section 3).

Strings are ``str``, byte sequences ``bytes``, integers ``int``, booleans ``bool`` and decimals ``Decimal``; the three
kinds that Python has no type for have one here. They are no subclasses of ``str`` or ``int``, so that a token never
equals a string of the same letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple, TypeAlias


class FieldError(ValueError):
    """Text that is no structured field value, or a value that has no such text."""


@dataclass(frozen=True, slots=True)
class Token:
    """A short word outside quotes (section 3.3.4)."""

    text: str


@dataclass(frozen=True, slots=True)
class Date:
    """An instant in whole seconds since 1970-01-01 UTC, leap seconds not counted; may be negative (section 3.3.7)."""

    seconds: int


@dataclass(frozen=True, slots=True)
class DisplayString:
    """Any Unicode text, meant for people (section 3.3.8)."""

    text: str


BareItem: TypeAlias = bool | int | Decimal | str | bytes | Token | Date | DisplayString
Params: TypeAlias = Mapping[str, BareItem]
NO_PARAMS: Params = MappingProxyType({})


class Item(NamedTuple):
    """A value with its parameters, in order. Beware of ``Item(True) == Item(1)``; their texts differ."""

    value: BareItem
    params: Params = NO_PARAMS


class InnerList(NamedTuple):
    """Items in parentheses, with parameters of the whole."""

    items: tuple[Item, ...]
    params: Params = NO_PARAMS


Member: TypeAlias = Item | InnerList
