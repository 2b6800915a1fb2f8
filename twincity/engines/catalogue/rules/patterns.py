"""Which regular expressions a standard may hold.

Standards come from other nodes, and a backtracking matcher can be made to run for ever. So only patterns whose number
of ways to match is small by their form are taken: no group that varies inside is repeated, one quantifier at most is
open-ended, and the variations of all others multiply to a bounded product.
"""

from __future__ import annotations

import re

from twincity.kernel.locale_text import LocalText

LONGEST = 256
LONGEST_TEXT = 2048
"""Longer texts match no pattern, so that one value costs half a million steps at the very most."""
MOST_WAYS = 256
_OPEN = MOST_WAYS + 1
"""Ways of a part with an open-ended quantifier: more than may stand inside a repeated group."""
_QUANTIFIER = re.compile(r"\*|\+|\?|\{([0-9]*)(,?)([0-9]*)\}")
_UNCLEAR_SETS = ("[[", "--", "&&", "~~", "||")
"""Set notation that Python warns will change its meaning."""
_BROKEN = LocalText(zh="正则表达式有语法错误", en="is not a regular expression")
_TOO_LONG = LocalText(zh=f"正则表达式超过 {LONGEST} 个字符", en=f"is longer than {LONGEST} characters")
_UNSUPPORTED = LocalText(
    zh="正则表达式用了环视、反向引用、命名组、懒惰量词或集合运算",
    en="uses look-around, back-references, named groups, lazy quantifiers or set operations",
)
_COSTLY = LocalText(zh="正则表达式可能匹配过慢", en="can take too long to match")


def pattern_fault(pattern: str) -> LocalText | None:
    """Why a pattern is not taken; None when it is."""
    if len(pattern) > LONGEST:
        return _TOO_LONG
    if any(text in pattern for text in _UNCLEAR_SETS):
        return _UNSUPPORTED
    try:
        re.compile(pattern)
        ways = _Scanner(pattern).ways()
    except (re.error, OverflowError):
        return _BROKEN
    except NotImplementedError:
        return _UNSUPPORTED
    return _COSTLY if ways > MOST_WAYS else None


class _Group:
    """Ways to match what has been read of a group, and of its last part."""

    def __init__(self) -> None:
        self.ways, self.branches = 1, 1
        self.part: int | None = None

    def close(self) -> int:
        return self.ways * self.branches


class _Scanner:
    """Reads a pattern that compiles, and counts an upper bound of the ways a text can match it."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0
        self.groups = [_Group()]
        self.open_ended = 0

    def ways(self) -> int:
        """The bound; above :data:`MOST_WAYS` when a repeated group varies or two quantifiers are open-ended."""
        while self.at < len(self.pattern):
            self._step()
        return self.groups[0].close() if self.open_ended <= 1 else _OPEN

    def _step(self) -> None:
        character, group = self.pattern[self.at], self.groups[-1]
        if quantifier := _QUANTIFIER.match(self.pattern, self.at):
            self._repeat(group, quantifier)
        elif character == "(":
            self._open()
        elif character == ")":
            self.groups.pop()
            self._part(self.groups[-1], group.close(), 1)
        elif character == "|":
            group.branches += 1
            group.part = None
            self.at += 1
        else:
            self._part(group, 1, self._atom_length(character))

    def _part(self, group: _Group, ways: int, length: int) -> None:
        group.part = ways
        group.ways = min(group.ways * ways, _OPEN)
        self.at += length

    def _open(self) -> None:
        self.at += 1
        if self.pattern.startswith("?", self.at):
            if not self.pattern.startswith("?:", self.at):
                raise NotImplementedError
            self.at += 2
        self.groups.append(_Group())

    def _atom_length(self, character: str) -> int:
        if character == "\\":
            if self.pattern[self.at + 1].isdigit():
                raise NotImplementedError
            return 2
        if character != "[":
            return 1
        end = self.at + 1
        while self.pattern[end] != "]" or self.pattern[self.at + 1 : end] in {"", "^"}:
            end += 2 if self.pattern[end] == "\\" else 1
        return end + 1 - self.at

    def _repeat(self, group: _Group, quantifier: re.Match[str]) -> None:
        if group.part is None:
            raise NotImplementedError
        low, high = _bounds(quantifier)
        varied = group.part > 1
        group.part = None
        self.at = quantifier.end()
        if high is None:
            self.open_ended += 1
        if varied and (high is None or high > 1):
            group.ways = _OPEN
        elif high is not None:
            group.ways = min(group.ways * (high - low + 1), _OPEN)


def _bounds(quantifier: re.Match[str]) -> tuple[int, int | None]:
    text = quantifier[0]
    if text in {"*", "+"}:
        return 0, None
    if text == "?":
        return 0, 1
    low = int(quantifier[1] or 0)
    if not quantifier[2]:
        return low, low
    return low, int(quantifier[3]) if quantifier[3] else None
