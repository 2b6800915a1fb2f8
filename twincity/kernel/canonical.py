"""Canonical JSON: one document, one sequence of bytes, so that a hash or a signature can name it.

The rule is RFC 8785 (JCS) restricted to what both sides can never disagree on: no floats, integers within 2^53,
ASCII keys. Under these limits sorted compact UTF-8 output is byte for byte what RFC 8785 prescribes.
"""

from __future__ import annotations

from typing import Any

import orjson

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64
_PLAIN = (str, bool, type(None))


class CanonicalError(ValueError):
    """The value has no canonical form; the message names the path of the offending member."""


def encode(value: Any) -> bytes:
    """Canonical bytes of a JSON value made of dict, list, tuple, str, int, bool and None.

    Raises:
        CanonicalError: for floats, other types, integers beyond 2^53 - 1, keys that are not ASCII strings,
            lone surrogates, or nesting deeper than 64.
    """
    _check(value, "$", 0)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError) as error:
        raise CanonicalError(str(error)) from error


def decode(data: bytes) -> Any:
    """Parse JSON and refuse what could not have been encoded by :func:`encode`, duplicate spellings included.

    Raises:
        CanonicalError: if ``data`` is not exactly the canonical form of the value it holds.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CanonicalError(str(error)) from error
    if encode(value) != data:
        raise CanonicalError("$: not in canonical form")
    return value


def _check(value: Any, path: str, depth: int) -> None:  # noqa: C901  one branch for each JSON type
    if depth > MAX_DEPTH:
        raise CanonicalError(f"{path}: nested deeper than {MAX_DEPTH}")
    if isinstance(value, _PLAIN):
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise CanonicalError(f"{path}: integer beyond 2^53 - 1, write it as a string")
    elif isinstance(value, dict):
        for key, member in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise CanonicalError(f"{path}: key {key!r} is not an ASCII string")
            if type(member) is not str:  # most members are text, of which nothing is to be checked
                _check(member, f"{path}.{key}", depth + 1)
    elif isinstance(value, list | tuple):
        for place, member in enumerate(value):
            _check(member, f"{path}[{place}]", depth + 1)
    elif isinstance(value, float):
        raise CanonicalError(f"{path}: floats have no canonical form here, write a string or a scaled integer")
    else:
        raise CanonicalError(f"{path}: {type(value).__name__} is not JSON")
