"""Canonical JSON: values with their bytes, and texts that are refused."""

from __future__ import annotations

from typing import Any

from twincity.kernel import canonical

_GOOD: dict[str, Any] = {
    "empty object": {},
    "keys are sorted, no blanks": {"b": 1, "a": [True, False, None], "aa": {"z": "", "y": -5}},
    "Chinese is UTF-8, not escaped": {"title": "川渝通办"},
    "only what must be escaped is": {"text": 'quote " backslash \\ newline \n tab \t bell \x07 slash / del \x7f'},
    "beyond the basic plane": {"text": "𠮷"},
    "largest integer": {"n": canonical.MAX_INTEGER},
    "smallest integer": {"n": -canonical.MAX_INTEGER},
}
_REFUSED = {
    "blank between members": '{"a": 1}',
    "keys out of order": '{"b":1,"a":1}',
    "key twice": '{"a":1,"a":1}',
    "float": '{"a":1.0}',
    "exponent": '{"a":1e2}',
    "integer beyond 2^53 - 1": '{"a":9007199254740992}',
    "key outside ASCII": '{"名":1}',
    "escape that is not needed": '{"a":"\\u4e2d"}',
    "upper case in an escape": '{"a":"\\u001F"}',
    "lone surrogate": '{"a":"\\ud800"}',
    "minus zero": '{"a":-0}',
    "bytes after the value": "{} ",
    "not JSON": "{",
}


def build() -> dict[str, Any]:
    """Contents of ``canonical.json``."""
    return {
        "encode": [
            {"name": name, "value": value, "bytes_hex": canonical.encode(value).hex()} for name, value in _GOOD.items()
        ],
        "refuse": [{"name": name, "text": text} for name, text in _REFUSED.items()],
    }
