"""Texts that match a pattern of the kind that standards may hold (see ``rules.patterns``)."""

from __future__ import annotations

import re
from random import Random

MOST_REPEATS = 4
"""Repeats of an open-ended quantifier beyond its least."""
MOST_ATOMS = 1024
"""Parts of a text that are written at most: a pattern may ask for any length."""
_DIGITS, _LOWER = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_CLASSES = {"d": _DIGITS, "w": _LOWER + _DIGITS + "_", "s": " ", "D": _LOWER, "W": "-", "S": _LOWER + _DIGITS}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "0": "\0"}
_PLAIN = _LOWER + _DIGITS + "区县市镇"
_QUANTIFIER = re.compile(r"\*|\+|\?|\{([0-9]*)(,?)([0-9]*)\}")


def text_matching(pattern: str, random: Random) -> str:
    """A text that most likely matches; patterns with notation this does not know give one that does not."""
    return _Reader(pattern, random).alternatives()


class _Reader:
    """Walks through a pattern and writes a text on the way."""

    def __init__(self, pattern: str, random: Random) -> None:
        self.pattern, self.random, self.at, self.left = pattern, random, 0, MOST_ATOMS

    def alternatives(self) -> str:
        found = [self._sequence()]
        while self._next("|"):
            found.append(self._sequence())
        return self.random.choice(found)

    def _sequence(self) -> str:
        text = ""
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            start = self.at
            once = self._atom()
            end = self.at
            quantifier = _QUANTIFIER.match(self.pattern, self.at)
            text += once if quantifier is None else self._repeated(start, quantifier)
            self.at = quantifier.end() if quantifier else end
        return text

    def _repeated(self, start: int, quantifier: re.Match[str]) -> str:
        text = ""
        for _ in range(self._times(quantifier)):
            if self.left < 0:
                break
            self.at = start
            text += self._atom()
        return text

    def _times(self, quantifier: re.Match[str]) -> int:
        shorthand = {"*": (0, MOST_REPEATS), "+": (1, MOST_REPEATS), "?": (0, 1)}.get(quantifier[0])
        if shorthand:
            return self.random.randint(*shorthand)
        low = int(quantifier[1] or 0)
        high = int(quantifier[3]) if quantifier[3] else low + MOST_REPEATS
        return self.random.randint(low, max(high, low)) if quantifier[2] else low

    def _next(self, character: str) -> bool:
        found = self.pattern.startswith(character, self.at)
        self.at += len(character) * found
        return found

    def _atom(self) -> str:
        self.left -= 1
        if self._next("("):
            self._next("?:")
            text = self.alternatives()
            self._next(")")
            return text
        if self._next("["):
            return self._set()
        character = self.pattern[self.at]
        self.at += 1
        if character == "\\":
            return self._escape()
        return {"^": "", "$": "", ".": self.random.choice(_PLAIN)}.get(character, character)

    def _escape(self) -> str:
        character = self.pattern[self.at]
        self.at += 1
        if character in "bBAZ":
            return ""
        return self.random.choice(_CLASSES.get(character, _ESCAPES.get(character, character)))

    def _set(self) -> str:
        inverted, start, found = self._next("^"), self.at, ""
        while self.at < len(self.pattern) and (self.pattern[self.at] != "]" or self.at == start):
            found += self._member()
        self.at += 1
        others = "".join(one for one in _PLAIN + " -_" if one not in found)
        return self.random.choice((others if inverted else found) or "?")

    def _member(self) -> str:
        first = self._single()
        ranged = self.pattern.startswith("-", self.at) and not self.pattern.startswith("-]", self.at)
        if not ranged or len(first) != 1:
            return first
        self.at += 1
        last = self._single()
        low, high = ord(first), ord(last[0])
        return "".join(chr(low + step) for step in range(min(high - low + 1, 256))) if high >= low else first

    def _single(self) -> str:
        character = self.pattern[self.at]
        self.at += 1
        if character != "\\":
            return character
        escaped = self.pattern[self.at]
        self.at += 1
        return _CLASSES.get(escaped, _ESCAPES.get(escaped, escaped))
