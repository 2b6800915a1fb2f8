"""Identifiers of the form ``INSTANCE/CLASS/MEMBER[/SUBSYSTEM[/SERVICE]]``, as X-Road and GovStack write them.

X-Road PR-REST section 4.2: in addresses and headers each part is percent-encoded UTF-8 and parts are joined by slashes.
Since version 7.3 new parts keep to letters, digits and ``'()+,-.=?``; older networks have wider ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote_to_bytes

from twincity.kernel.problems import Problem, define

BAD_NAME = define("name-invalid", 400, zh="标识 {name} 写法有误: {reason}", en="{name} is no identifier: {reason}")

Parts = tuple[str, ...]
LONGEST = 255
_NEW = re.compile(r"[A-Za-z0-9'()+,\-.=?]+", re.ASCII)
_NEVER = re.compile(r"[:;/\\%\x00-\x1f\x7f-\x9f\u200b\ufeff]")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")


def read(text: str, least: int = 3, most: int = 5) -> Parts:
    """The parts of an identifier as it stands in an address or header.

    Raises:
        Problem: ``name-invalid``.
    """
    parts = tuple(_decode(each, text) for each in text.split("/"))
    if not least <= len(parts) <= most:
        raise _refused(text, f"{least} to {most} parts")
    return parts


def write(parts: Sequence[str]) -> str:
    """An identifier as it stands in an address or header."""
    return "/".join(quote(each, safe="") for each in parts)


def check(parts: Sequence[str], *, old: bool = False) -> None:
    """Whether a name may be given: in the characters of today, or, for names of an older network, the wider ones.

    Raises:
        Problem: ``name-invalid``.
    """
    for each in parts:
        if not (_NEVER.search(each) is None if old else _NEW.fullmatch(each)) or each in {".", ".."}:
            raise _refused(each, "a character that may not be used")


def _decode(part: str, whole: str) -> str:
    if not part or len(part) > 3 * LONGEST or _BROKEN.search(part):
        raise _refused(whole, "a part is empty, too long or badly encoded")
    try:
        found = unquote_to_bytes(part).decode()
    except UnicodeDecodeError as error:
        raise _refused(whole, "a part is not UTF-8") from error
    if any(ord(each) < 32 or ord(each) == 127 for each in found) or len(found) > LONGEST:
        raise _refused(whole, "a part holds control characters or is too long")
    return found


def _refused(name: str, reason: str) -> Problem:
    return Problem(BAD_NAME, field="name", name=name[:200], reason=reason)
