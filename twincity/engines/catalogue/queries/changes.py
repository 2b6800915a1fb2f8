"""The order of changes, and the signed documents behind them."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from twincity.engines.catalogue.models import Change
from twincity.engines.circle import facade as circle


class ChangeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One change with its proof.

    Attributes:
        seq: cursor; microseconds since 1970 at which this node took it in, ascending.
        act: ``published``, ``changed`` or ``withdrawn``.
        index: place in the public log of ``owner``.
        jws: the signed document as it stands there; empty when this node no longer has that log.
    """

    seq: int
    act: str
    identifier: str
    owner: str
    index: int
    jws: str


def changes(after: int, limit: int) -> list[ChangeRecord]:
    """So many changes after a cursor, oldest first."""
    rows = list(Change.objects.filter(seq__gt=after).order_by("seq")[:limit])
    places = defaultdict(set)
    for row in rows:
        places[row.owner].add(row.log_index)
    logged = {owner: circle.logged(owner, wanted) for owner, wanted in places.items()}
    return [
        ChangeRecord(
            seq=row.seq,
            act=row.act,
            identifier=row.identifier,
            owner=row.owner,
            index=row.log_index,
            jws=logged[row.owner].get(row.log_index, ""),
        )
        for row in rows
    ]


def latest() -> int:
    """The cursor behind the last change."""
    return Change.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
