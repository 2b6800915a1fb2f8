"""Texts of single values (RFC 9651 sections 4.1.3.1 to 4.1.11)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from twincity.kernel.httpsig.fields.values import (
    BareItem,
    Date,
    DisplayString,
    FieldError,
    Token,
)

_MAX_INTEGER = 10**15 - 1
_MAX_DECIMAL = 10**12
_THOUSANDTH = Decimal("0.001")
_ROUNDING = Context(prec=18, rounding=ROUND_HALF_EVEN)

_PRINTABLE = re.compile(r"[ -~]*+")
_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*+")
_UNDISPLAYED = re.compile(rb"[^ !#$&-~]")


def _boolean(value: bool) -> str:
    return "?1" if value else "?0"


def _integer(value: int) -> str:
    if not -_MAX_INTEGER <= value <= _MAX_INTEGER:
        raise FieldError("integer of more than 15 digits")
    return str(value)


def _decimal(value: Decimal) -> str:
    if not value.is_finite() or not -_MAX_DECIMAL < value < _MAX_DECIMAL:
        raise FieldError("decimal of more than 12 integer digits")
    rounded = value.quantize(_THOUSANDTH, context=_ROUNDING)
    if rounded.copy_abs() >= _MAX_DECIMAL:
        raise FieldError("decimal of more than 12 integer digits")
    if not rounded:
        return "0.0"  # also for what rounds to minus zero
    text = f"{rounded:f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def _string(value: str) -> str:
    if not _PRINTABLE.fullmatch(value):
        raise FieldError("string with characters outside printable ASCII")
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


def _bytes(value: bytes) -> str:
    return f":{binascii.b2a_base64(value, newline=False).decode()}:"


def _token(value: Token) -> str:
    if not _TOKEN.fullmatch(value.text):
        raise FieldError(f"{value.text!r} is no token")
    return value.text


def _date(value: Date) -> str:
    return "@" + _integer(value.seconds)


def _display(value: DisplayString) -> str:
    try:
        raw = value.text.encode()
    except UnicodeEncodeError as error:
        raise FieldError("display string with a lone surrogate") from error
    return '%"' + _UNDISPLAYED.sub(lambda found: b"%%%02x" % found[0][0], raw).decode() + '"'


_BY_TYPE: dict[type, Callable[[Any], str]] = {
    bool: _boolean,
    int: _integer,
    Decimal: _decimal,
    str: _string,
    bytes: _bytes,
    Token: _token,
    Date: _date,
    DisplayString: _display,
}


def serialize_bare(value: BareItem) -> str:
    """Text of a value without parameters (section 4.1.3.1).

    Raises:
        FieldError: out of range, outside the alphabet of its kind, or of a type that is none of the eight.
    """
    convert = _BY_TYPE.get(type(value))
    if convert is None:
        raise FieldError(f"no structured field type for {type(value).__name__}")
    return convert(value)
