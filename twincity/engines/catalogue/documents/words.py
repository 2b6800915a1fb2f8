"""Cutting texts into search terms: words where writing has spaces, pairs of characters where it has none.

Every pair of neighbouring Chinese characters is a term, and the last character of a run once more by itself. So a word
of any length is found as pairs that follow each other, one character by its beginning, and no dictionary has to know
the names of townships. Only questions are cut by a dictionary: see :mod:`…documents.questions`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from operator import add
from typing import Any

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"(?P<han>[{_HAN}]+)|[^\W_{_HAN}]+")
_RUNS = re.compile(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")
MAX_TERMS = 4000
"""Terms kept of one document."""
_LONGEST = 60
"""Characters kept of a word without spaces; digests and tokens are longer."""


def fold(text: str) -> str:
    """One form for all ways of writing a text: width, case, compatibility characters (NFKC and case folding)."""
    return unicodedata.normalize("NFKC", text).casefold()


def terms(*texts: str) -> list[str]:
    """The terms of some texts in their order, no more than :data:`MAX_TERMS`; pairs of two runs never touch."""
    found: list[str] = []
    for han, word in _RUNS.findall(fold("\n".join(texts))):
        if han:
            found += map(add, han, han[1:])
            found.append(han[-1])
        elif len(word) <= _LONGEST:
            found.append(word)
    return found[:MAX_TERMS]


def pairs(run: str) -> list[str]:
    """The pairs of neighbouring characters of a Chinese run of two or more."""
    return list(map(add, run, run[1:]))


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value, in its order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _each(value.values())
    elif isinstance(value, list | tuple):
        yield from _each(value)


def _each(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from texts_in(value)
