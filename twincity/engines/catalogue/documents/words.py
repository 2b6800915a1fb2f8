"""Cutting texts into search terms: words where writing has spaces, pairs of characters where it has none.

Pairs of neighbouring characters find Chinese words without a dictionary, at the price of a few false hits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|[^\W_{_HAN}]+")
MAX_TERMS = 4000
"""Terms kept of one document."""


def fold(text: str) -> str:
    """One form for all ways of writing a text: width, case, compatibility characters (NFKC and case folding)."""
    return unicodedata.normalize("NFKC", text).casefold()


def words(*texts: str) -> list[str]:
    """The terms of some texts in their order, each once and no more than :data:`MAX_TERMS`."""
    found: dict[str, None] = {}
    for text in texts:
        for term in _terms(fold(text)):
            found[term] = None
            if len(found) == MAX_TERMS:
                return list(found)
    return list(found)


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


def _terms(text: str) -> Iterator[str]:
    for match in _RUN.finditer(text):
        run = match[0]
        if match["han"] and len(run) > 1:
            yield from (run[place : place + 2] for place in range(len(run) - 1))
        else:
            yield run
