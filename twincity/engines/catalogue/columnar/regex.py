"""From Python's regular expressions to RE2's, where both surely mean the same."""

from __future__ import annotations

from twincity.engines.catalogue.columnar.sql import UNKNOWN, Verdict, text
from twincity.engines.catalogue.rules.patterns import LONGEST_TEXT

_SAME = "nrtfv"
"""Letters that stand for the same character behind a backslash in both."""
_HEX = {"x": 2, "u": 4, "U": 8}
_MOST_REPEATS = 1000
"""RE2 refuses more."""


def full_match(cell: str, pattern: str) -> Verdict:
    """Whether a cell's whole text matches; unknown for a pattern that RE2 may read otherwise."""
    translated = to_re2(pattern)
    if translated is None:
        return UNKNOWN
    short = f"(strlen({cell}) <= {LONGEST_TEXT} OR length({cell}) <= {LONGEST_TEXT})"  # bytes need no counting
    return Verdict(f"({short} AND regexp_full_match({cell}, {text(translated)}))")


def to_re2(pattern: str) -> str | None:
    """A pattern in RE2's form; None when the two could differ, as they do over what a word or a blank is."""
    if "[:" in pattern or "\0" in pattern:
        return None
    found: list[str] = []
    at = 0
    while at < len(pattern):
        piece, length = _escape(pattern, at) if pattern[at] == "\\" else _plain(pattern, at)
        if piece is None:
            return None
        found.append(piece)
        at += length
    return "".join(found)


def _plain(pattern: str, at: int) -> tuple[str | None, int]:
    if pattern.startswith("{,", at):
        return "{0,", 2  # RE2 would read a brace and a comma
    if pattern[at] == "{":
        bounds = pattern[at + 1 :].partition("}")[0].split(",")
        if any(each.isdecimal() and int(each) > _MOST_REPEATS for each in bounds):
            return None, 0
    return pattern[at], 1


def _escape(pattern: str, at: int) -> tuple[str | None, int]:
    letter = pattern[at + 1]
    if letter in "dD":
        return ("\\p{Nd}" if letter == "d" else "\\P{Nd}"), 2
    if letter in _HEX:
        digits = pattern[at + 2 : at + 2 + _HEX[letter]]
        return f"\\x{{{digits}}}", 2 + len(digits)
    if letter in _SAME or (letter.isascii() and not letter.isalnum()):
        return f"\\{letter}", 2
    return None, 0
