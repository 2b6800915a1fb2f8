"""Which of the entries that all hold the question answer it best: BM25 over two fields (BM25F)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from twincity.engines.catalogue.documents import Piece
from twincity.engines.catalogue.models import Indexed

RANKED = 200
"""Entries whose texts are read to be ranked; those behind them stay in their order."""
SATURATION, EVENNESS, TITLE = 1.2, 0.75, 5.0
"""k1 and b of BM25 as Robertson and Zaragoza give them (2009), and how much an occurrence in a title counts."""


class _Texts(NamedTuple):
    slot: int
    identifier: str
    head: str
    words: str


def rank(slots: list[int], weights: Mapping[Piece, tuple[int, int]]) -> list[int]:
    """Slots, best first.

    Args:
        slots: of entries that hold every piece.
        weights: for each piece the number of all entries and of those it occurs in.
    """
    found = Indexed.objects.filter(slot__in=slots).values_list("slot", "entry_id", "head", "words")
    rows = [_Texts(*row) for row in found]
    heads, bodies = _mean([len(row.head) for row in rows]), _mean([len(row.words) for row in rows])
    rarity = {
        piece.pattern: math.log1p((total - have + 0.5) / (have + 0.5)) for piece, (total, have) in weights.items()
    }
    scored = []
    for row in rows:
        title, body = TITLE / _length(row.head, heads), 1 / _length(row.words, bodies)
        score = 0.0
        for pattern, weight in rarity.items():
            occurs = row.head.count(pattern) * title + row.words.count(pattern) * body
            score += weight * occurs / (SATURATION + occurs)
        scored.append((-score, row.identifier, row.slot))
    return [slot for _, _, slot in sorted(scored)]


def _length(text: str, mean: float) -> float:
    return 1 - EVENNESS + EVENNESS * len(text) / mean


def _mean(lengths: list[int]) -> float:
    return sum(lengths) / len(lengths) if lengths else 1.0
