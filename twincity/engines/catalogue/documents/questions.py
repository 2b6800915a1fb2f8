"""What a search asks for: pieces that must all occur, each a phrase of terms or the beginning of one.

Chinese has no spaces, so 重庆市不动产登记 asks for three words that may stand apart. A dictionary (rjieba) cuts them;
it is loaded by the first question that needs it, costs 33 MB then, and is never needed for indexing. A word it does not
know falls into shorter ones, and as every piece is sought as pairs of characters, nothing is missed by that. Within
quotation marks nothing is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from twincity.engines.catalogue.documents.words import RUN, fold, pairs

MAX_PIECES = 16
"""Pieces of a question that count; each costs one look into the index."""
_UNCUT = 3
"""Characters up to which a run is one word; townships and most nouns are, and they need no dictionary."""
_QUOTED = re.compile(r'"([^"]*)"')


class Piece(NamedTuple):
    """Terms that follow each other, or with ``prefix`` the beginning of one term."""

    terms: tuple[str, ...]
    prefix: bool = False

    @property
    def pattern(self) -> str:
        """How the piece occurs in terms between spaces."""
        return f" {self.terms[0]}" if self.prefix else f" {' '.join(self.terms)} "


def pieces(text: str) -> tuple[Piece, ...]:
    """The pieces of a question, each once, no more than :data:`MAX_PIECES`."""
    found: dict[Piece, None] = {}
    for place, part in enumerate(_QUOTED.split(fold(text).replace("“", '"').replace("”", '"'))):
        for piece in _phrase(part) if place % 2 else _loose(part):
            found[piece] = None
    return tuple(found)[:MAX_PIECES]


def matches(asked: tuple[Piece, ...], text: str) -> bool:
    """Whether all pieces occur in terms between spaces."""
    return all(piece.pattern in text for piece in asked)


def _loose(text: str) -> Iterator[Piece]:
    for match in RUN.finditer(text):
        if match["han"]:
            yield from map(_word, _cut(match[0]))
        else:
            yield Piece((match[0],), prefix=True)


def _phrase(text: str) -> Iterator[Piece]:
    """One phrase of all its words; a Chinese run is one of its own, since two runs never touch in the index."""
    latin: list[str] = []
    for match in RUN.finditer(text):
        if match["han"]:
            yield _word(match[0])
        else:
            latin.append(match[0])
    if latin:
        yield Piece(tuple(latin))


def _word(word: str) -> Piece:
    return Piece((word,), prefix=True) if len(word) == 1 else Piece(tuple(pairs(word)))


def _cut(run: str) -> list[str]:
    if len(run) <= _UNCUT:
        return [run]
    import rjieba  # noqa: PLC0415  its dictionary takes 33 MB, which a node nobody searches need not spend

    words: list[str] = rjieba.cut(run)
    return words
