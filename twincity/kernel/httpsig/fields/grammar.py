"""The grammar of structured fields (RFC 9651 section 4.2) as regular expressions, and what bare items become.

One expression recognises every bare item, and the number of the group that matched names its kind, so that each item
costs one match. Quantifiers are possessive: no text, however hostile, makes them go back.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import unquote_to_bytes

from twincity.kernel.httpsig.fields.values import BareItem, Date, DisplayString, FieldError, Token

_KEY_TEXT = r"([a-z*][a-z0-9_.*-]*+)"
_PLAIN = r"[ !#-\[\]-~]*+"
_DISPLAYED = r"[ !#$&-~]*+"
_BARE_TEXT = "|".join(
    (
        rf'"({_PLAIN}(?:\\["\\]{_PLAIN})*+)"',
        r"(-?[0-9]{1,15}+)(?![0-9.])",
        r"([A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*+)",
        r":([A-Za-z0-9+/]*+={0,2}+):",
        r"\?([01])",
        r"(-?[0-9]{1,12}+\.[0-9]{1,3}+)(?![0-9.])",
        r"@(-?[0-9]{1,15}+)(?![0-9.])",
        rf'%"({_DISPLAYED}(?:%[0-9a-f]{{2}}{_DISPLAYED})*+)"',
    )
)
BARE = re.compile(_BARE_TEXT)
PARAM = re.compile(rf"; *+{_KEY_TEXT}(?:=(?:{_BARE_TEXT}))?")
KEY = re.compile(rf"{_KEY_TEXT}(=)?")
STRINGS = re.compile(rf'\("({_PLAIN}(?:" "{_PLAIN})*+)"\)')
COMMA_OR_END = re.compile(r"[ \t]*+(?:,[ \t]*+(?!\Z)|\Z)")
_ESCAPED = re.compile(r'\\(["\\])')


def _string(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _bytes(text: str) -> bytes:
    # Padding may be left out (section 4.2.7), but what is there must be right.
    padded = text if "=" in text else text + "=" * (-len(text) % 4)
    if len(padded) % 4 or padded.endswith("==="):
        raise FieldError("byte sequence is no base64")
    return binascii.a2b_base64(padded)


def _display(text: str) -> DisplayString:
    try:
        return DisplayString(unquote_to_bytes(text).decode())
    except UnicodeDecodeError as error:
        raise FieldError("display string is no UTF-8") from error


CONVERT: tuple[Callable[[str], BareItem], ...] = (
    _string,
    int,
    Token,
    _bytes,
    "1".__eq__,
    Decimal,
    lambda text: Date(int(text)),
    _display,
)
"""By kind, in the order of the groups."""
